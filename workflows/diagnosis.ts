import { findingsOf, type DoctorFinding } from '../core/doctor/diagnosis.js';
import type { NodeProblem } from '../core/decision.js';
import type { ExaminationRequest } from '../core/examination.js';
import { batchesOf } from '../engine/look.js';
import { Reaches, type Whose } from './reaches.js';
import { lookOnly } from './verification.js';
import { temporalWorld } from './world.js';

export interface DiagnosisRequest {
  readonly fleet: string;
  /** Unlike any other's: it names what is written on nodes for a moment. */
  readonly run: string;
  /** Between two rotations, as the Schedule has it; null without one: then that of the configuration counts. */
  readonly intervalMs: number | null;
}

export interface Diagnosis {
  readonly fleet: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly findings: readonly DoctorFinding[];
}

/** Looks at every node, tries there what a rotation does, and names what would be in its way. Changes no key. */
export async function diagnosis({ fleet, run, intervalMs }: DiagnosisRequest): Promise<Diagnosis> {
  const { verification, description, survey } = await lookOnly(fleet);
  const readable = survey.nodes.filter((node) => node.reachable);
  const probeable = readable.filter((node) => node.canBeProbed && node.problems.length === 0);
  const reaches = new Reaches(fleet);
  reaches.learn(description);
  const batches = batchesOf(readable, ({ site }) => site).map((batch) => batch.map(({ name }) => name));
  /** Every batch, each node by whoever reaches it. */
  const everywhere = async <Result>(
    work: (reach: Whose, request: ExaminationRequest) => Promise<Result[]>,
    troubled: (node: string, problem: NodeProblem) => Result,
  ): Promise<Result[]> => {
    const visit = (reach: Whose, nodes: readonly string[]) => work(reach, { nodes, run });
    const answers = batches.map((batch) => reaches.each(batch, (node) => node, visit, troubled));
    return (await Promise.all(answers)).flat();
  };
  const examinations = await everywhere(
    (reach, request) => reaches.visits(reach, 'what a rotation does is tried').examineNodes(request),
    (node, { code, message }) => ({ node, problem: { code, message }, found: null, certificate: null }),
  );
  const shared = await everywhere(
    (reach, request) => reaches.visits(reach, 'whether two nodes are one').comparedMarks(request),
    (node) => ({ node, with: [] }),
  );
  await everywhere<null>(
    async (reach, request) => {
      await reaches.visits(reach, 'marks are removed').removeMarks(request);
      return [];
    },
    () => null,
  );
  const probes = await temporalWorld(fleet, { reaches }).probe({
    step: null,
    keys: [],
    nodes: probeable.map(({ name, repository, damage }) => ({
      node: name,
      surveyed: { repository, damage },
    })),
  });
  const findings = findingsOf({
    verification,
    policy: description.policy,
    intervalMs: intervalMs ?? description.everyMs,
    survey,
    examinations,
    shared,
    probes,
  });
  return { fleet, at: verification.at, findings };
}
