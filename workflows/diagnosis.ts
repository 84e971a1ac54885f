import { findingsOf, type DoctorFinding } from '../core/doctor/diagnosis.js';
import { batchesOf } from '../engine/look.js';
import { comparedMarks, examineNodes, probeNodes, removeMarks } from './activity-proxies.js';
import { lookOnly } from './verification.js';

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
  const batches = batchesOf(readable, ({ site }) => site).map((batch) => ({
    nodes: batch.map(({ name }) => name),
    run,
  }));
  const examinations = await Promise.all(batches.map((batch) => examineNodes(batch)));
  const shared = await Promise.all(batches.map((batch) => comparedMarks(batch)));
  await Promise.all(batches.map((batch) => removeMarks(batch)));
  const probes = await probeNodes({
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
    examinations: examinations.flat(),
    shared: shared.flat(),
    probes,
  });
  return { fleet, at: verification.at, findings };
}
