import type { Examination, ExaminationRequest, SharedRepository } from '../core/examination.js';
import type { WayToNodes } from '../nodes/ways.js';
import { examine, readMarks, removeMark } from '../nodes/examination.js';
import { forEachNode } from './batch.js';
import { loadFleet } from './fleet.js';
import { problemOf } from './node-failures.js';

/** What `rotor doctor` asks of nodes. */
export function createExaminationActivities(configFile: string, way: WayToNodes) {
  return {
    /** Tries what a rotation does, and looks around. Leaves a mark on each node, for `comparedMarks`. */
    async examineNodes({ nodes, run }: ExaminationRequest): Promise<Examination[]> {
      const fleet = await loadFleet(configFile);
      return forEachNode(nodes, nameOf, async (node) => {
        try {
          const address = fleet.addressOf(node);
          const { keystoneConf } = address;
          const options = { run, ...(keystoneConf !== undefined && { keystoneConf }) };
          const found = await way.use(address, (files, system) => examine(files, system, options));
          return { node, problem: null, found };
        } catch (error) {
          const { code, message } = problemOf(node, error);
          return { node, problem: { code, message }, found: null };
        }
      });
    },

    /** Nodes in whose repositories the mark of another lies. */
    async comparedMarks({ nodes, run }: ExaminationRequest): Promise<SharedRepository[]> {
      const fleet = await loadFleet(configFile);
      const names = fleet.nodes.map(({ name }) => name);
      return forEachNode(nodes, nameOf, async (node) => ({
        node,
        with: await way
          .use(fleet.addressOf(node), (files) => readMarks(files, { run, nodes: names }))
          .catch(() => []), // it was examined a moment ago; without an answer now nothing is shared for sure
      }));
    },

    async removeMarks({ nodes, run }: ExaminationRequest): Promise<void> {
      const fleet = await loadFleet(configFile);
      await forEachNode(
        nodes,
        nameOf,
        (node) => way.use(fleet.addressOf(node), (files) => removeMark(files, run)).catch(() => {}), // the clearing of the next rotation removes it
      );
    },
  };
}

const nameOf = (node: string): string => node;
