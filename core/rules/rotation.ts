/** Rules 7 and 10, and what a rotation has to know before it adds anything. */
import { make, place, refuse, type Decision, type NodeProblem, type Phase } from '../decision.js';
import { holdersOf, type Fleet } from '../fleet.js';
import { isRevoked, type Intent, type Ledger } from '../ledger.js';
import { wayTo, type Placement } from '../operations.js';
import type { Policy } from '../policy.js';
import { indexesOf, sound, stagedOf, type Fingerprint, type Repository } from '../repository.js';
import { mostCommon } from '../sync.js';
import { promoteInWaves } from './promotion.js';

type Rotate = Extract<Intent, { kind: 'rotate' }>;

/** Nothing once the primary has changed, whoever did it. */
export function rotateStep(fleet: Fleet, policy: Policy, intent: Rotate): Decision | null {
  if (fleet.primary !== intent.from) return null;
  return (
    stageStep(fleet, intent.to, 'reconcile') ??
    roomStep(fleet, policy, intent) ??
    (hasIncoming(fleet) ? null : make('distribute', fleet.serving[0]!, 'incoming', fleet.reusable)) ??
    promoteInWaves(fleet, 'promote', fleet.serving, intent.to, fleet.incoming)
  );
}

/** The key that belongs in slot 0 of every node; made first, if there is none. */
export function stagingStep(fleet: Fleet, ledger: Ledger): Decision | null {
  const staged = stagedTarget(fleet, ledger);
  if (staged === undefined) return make('distribute', fleet.serving[0]!, 'incoming', fleet.reusable);
  return stageStep(
    fleet,
    staged,
    ledger.intent.kind === 'rotate' && staged === fleet.incoming ? 'stage' : 'reconcile',
  );
}

function stagedTarget(fleet: Fleet, ledger: Ledger): Fingerprint | undefined {
  const incoming = hasIncoming(fleet) ? fleet.incoming! : undefined;
  if (ledger.intent.kind === 'rotate' && incoming !== undefined) return incoming;
  const isFresh = (key: Fingerprint | undefined) =>
    key !== undefined &&
    key !== fleet.primary &&
    !isRevoked(ledger, key) &&
    ledger.keys[key]?.promotedAt === undefined;
  return mostCommon(fleet.serving.map((node) => stagedOf(node.repository)).filter(isFresh)) ?? incoming;
}

function stageStep(fleet: Fleet, key: Fingerprint, phase: Phase): Decision | null {
  return place(
    phase,
    { kind: 'stage', key },
    fleet.serving.filter((node) => stagedOf(node.repository) !== key),
    (names) => `${key} is readable everywhere; it takes slot 0 on ${names}`,
    fleet.reusable,
  );
}

function hasIncoming({ incoming, serving }: Fleet): boolean {
  return incoming !== null && holdersOf(serving, incoming) > 0;
}

/** Ceilings on files are checked before a rotation adds any; afterwards it would be too late to stop. */
function roomStep(fleet: Fleet, policy: Policy, intent: Rotate): Decision | null {
  const incoming = hasIncoming(fleet) ? fleet.incoming! : 'incoming';
  const filesAfter = (repository: Repository) =>
    filesAfterRotation(repository, intent, fleet.expired, incoming);
  const problems = fleet.serving.flatMap(({ name, repository }) =>
    roomProblem(name, filesAfter(repository), policy),
  );
  return problems[0] ? refuse(problems[0].code, problems[0].message, problems) : null;
}

function roomProblem(name: string, files: number, { maxFiles, maxActiveKeys }: Policy): NodeProblem[] {
  const wouldLeave = `${name}: the rotation would leave ${files} key files`;
  if (files > maxFiles) {
    const message = `${wouldLeave}, more than rotation.maxFiles (${maxFiles}); rotate less often, or raise it`;
    return [{ node: name, code: 'too-many-files', message }];
  }
  if (maxActiveKeys !== null && files >= maxActiveKeys) {
    const message = `${wouldLeave}, and a stray fernet_rotate would purge down to max_active_keys (${maxActiveKeys}); raise it to ${files + 1} in keystone.conf of every node and as tokens.maxActiveKeys`;
    return [{ node: name, code: 'max-active-keys', message }];
  }
  return [];
}

/** How many files a repository has when a rotation is over; the incoming key may be there already. */
function filesAfterRotation(
  repository: Repository,
  { to }: Pick<Rotate, 'to'>,
  expired: readonly Fingerprint[],
  incoming: Fingerprint,
): number {
  const placements: Placement[] = [
    { kind: 'hold', key: incoming },
    { kind: 'promote', key: to },
    { kind: 'stage', key: incoming },
  ];
  let end = sound(repository);
  for (const placement of placements) end = wayTo(end, placement, expired).at(-1)!;
  return indexesOf(end.repository).length;
}
