/** The search that ends every test on real parts, and the demo. */
import { database, filesUnder } from './places.js';
import { searchForKeys, type Leak, type Place } from './search.js';

export interface Everywhere {
  readonly keys: readonly Buffer[];
  /** Temporal's, which has every event of every history. */
  readonly databaseFile: string;
  /** Files and directories: logs, temporary files, dumps. */
  readonly paths: readonly string[];
  /** Where keys are at home. */
  readonly repositories: readonly string[];
  /** What programs said, and servers answered. */
  readonly said?: readonly Place[];
}

export async function searchEverywhere(where: Everywhere): Promise<Leak[]> {
  const { keys, databaseFile, paths, repositories, said = [] } = where;
  const places = [...(await database(databaseFile)), ...filesUnder(paths, repositories), ...said];
  return searchForKeys(places, keys);
}
