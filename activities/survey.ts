import type { WayToNodes } from '../nodes/ways.js';
import { readRepository, refuseOtherRepositories } from '../nodes/reading.js';
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
    const { repository, damage, problems } = await way.use(fleet.addressOf(node), async (files) => {
      const reading = await readRepository(files);
      await refuseOtherRepositories(files);
      return reading;
    });
    return { node, reachable: true, repository, damage, problems };
  } catch (error) {
    const { code, message } = problemOf(node, error);
    return { node, reachable: false, repository: {}, damage: [], problems: [{ code, message }] };
  }
}
