import { readIdentityFiles } from '../configuration/identity-files.js';
import type { CertificateTerm } from '../core/doctor/certificates.js';
import type { Examination, ExaminationRequest, SharedRepository } from '../core/examination.js';
import { readReturned } from '../envelopes/identity.js';
import type { WayToNodes } from '../nodes/ways.js';
import { examine, readMarks, removeMark } from '../nodes/examination.js';
import { forEachNode } from './batch.js';
import { loadFleet, type Fleet } from './fleet.js';
import { problemOf } from './node-failures.js';

/** What `rotor doctor` asks of nodes. */
export function createExaminationActivities(configFile: string, way: WayToNodes) {
  return {
    /** Tries what a rotation does, and looks around. Leaves a mark on each node, for `comparedMarks`. */
    async examineNodes({ nodes, run }: ExaminationRequest): Promise<Examination[]> {
      const fleet = await loadFleet(configFile);
      const certificate = await ownCertificate(configFile, fleet);
      return forEachNode(nodes, nameOf, async (node) => {
        try {
          const address = fleet.addressOf(node);
          const { keystoneConf } = address;
          const options = { run, ...(keystoneConf !== undefined && { keystoneConf }) };
          const found = await way.use(address, (files, system) => examine(files, system, options));
          return { node, problem: null, found, certificate };
        } catch (error) {
          const { code, message } = problemOf(node, error);
          return { node, problem: { code, message }, found: null, certificate };
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

/** Of a machine that is believed because of its certificate. Whatever else is wrong with its identity, an envelope tells. */
async function ownCertificate(configFile: string, { configuration }: Fleet): Promise<CertificateTerm | null> {
  const files = await readIdentityFiles(configFile).catch(() => null);
  const own = files && readReturned(files.certificate);
  if (!own || Object.hasOwn(configuration.recipients, own.name)) return null;
  return { holder: own.name, ...own.term };
}

const nameOf = (node: string): string => node;
