import type { KeystoneSettings } from '../core/keystone-settings.js';
import type { FleetMember, WayToNodes } from '../nodes/ways.js';
import { readKeystoneSettings } from '../nodes/keystone-settings.js';
import { NodeError } from '../nodes/node-error.js';
import { readRepository, refuseKeysOfCredentials } from '../nodes/reading.js';
import type { SystemFiles } from '../nodes/repository-files.js';
import { forEachNode } from './batch.js';
import { loadFleet, type Fleet } from './fleet.js';
import type { NodeReading } from '../core/messages.js';
import { problemOf } from './node-failures.js';

export function createSurveyActivities(configFile: string, way: WayToNodes) {
  return {
    /** Reads the repositories of these nodes. Takes no lock and writes nothing. */
    async surveyNodes(request: { nodes: readonly string[] }): Promise<NodeReading[]> {
      const fleet = await loadFleet(configFile);
      return forEachNode(
        request.nodes,
        (node) => node,
        (node) => readNode(fleet, way, node),
      );
    },
  };
}

async function readNode(fleet: Fleet, way: WayToNodes, node: string): Promise<NodeReading> {
  try {
    const address = fleet.addressOf(node);
    const { reading, settings } = await way.use(address, async (files, system) => {
      const isRight = refuseKeysOfCredentials(files);
      isRight.catch(() => {}); // where the directory can't be read, that is what is said
      const reading = await readRepository(files);
      await isRight;
      return { reading, settings: await settingsOf(system, address) };
    });
    const { repository, damage, problems } = reading;
    return { node, reachable: true, repository, damage, problems, ...(settings && { settings }) };
  } catch (error) {
    const { code, message } = problemOf(node, error);
    return { node, reachable: false, repository: {}, damage: [], problems: [{ code, message }] };
  }
}

/** Where they can't be read rotor.yaml alone counts; `rotor doctor` names the node and says why. */
async function settingsOf(
  system: SystemFiles,
  { keystoneConf }: FleetMember,
): Promise<KeystoneSettings | null> {
  if (keystoneConf === undefined) return null;
  try {
    return await readKeystoneSettings(system, keystoneConf);
  } catch (error) {
    if (error instanceof NodeError && error.code !== 'unreachable') return null;
    throw error;
  }
}
