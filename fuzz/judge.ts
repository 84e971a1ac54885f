/** What must hold for each input: a typed error or a value, and no key in what is said of it. */
import { plantedIn } from './planted.js';
import type { Prepared } from './target.js';

/** Something that a parser must not do. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** @returns whether the input was taken; @throws Violation */
export async function judge<Input>(
  { read, isTyped }: Prepared<Input>,
  input: Input,
): Promise<'taken' | 'refused'> {
  let said: unknown;
  try {
    said = await read(input);
  } catch (error) {
    if (!isTyped(error)) throw new Violation(`no typed error: ${textOf(error)}`);
    refuseKeys('its error', textOf(error));
    return 'refused';
  }
  if (said !== undefined) refuseKeys('what it says of its value', JSON.stringify(said));
  return 'taken';
}

function refuseKeys(where: string, text: string): void {
  const form = plantedIn(text);
  if (form !== null) throw new Violation(`a key (${form}) is in ${where}: ${text}`);
}

/** With everything that a log or a failure's details may show of it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return [
    `${error.name}: ${error.message}`,
    JSON.stringify(error),
    ...(cause === undefined ? [] : [textOf(cause)]),
  ].join('\n');
}
