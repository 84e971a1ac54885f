/** What a fresh look changes in the ledger: what is known of the keys, and which nodes serve. */
import { observe, type Ledger } from './ledger.js';
import { nodesOf, readNodes, servingNodes, standingOf, type NodeRecord } from './membership.js';
import { expiredNow } from './retention.js';
import type { Policy } from './policy.js';
import { holds, keysOf, primaryOf, stagedOf } from './repository.js';
import type { NodeView, Survey } from './survey.js';
import { liveKeys } from './sync.js';

/** Every look is learnt from exactly once, before anything is planned. */
export function learn(ledger: Ledger, survey: Survey, policy: Policy): Ledger {
  return admit(observe(withInventory(ledger, survey), survey, policy), survey, policy);
}

/** Nodes that left the inventory are forgotten, and with them what was allowed there; new ones join. */
function withInventory(ledger: Ledger, survey: Survey): Ledger {
  const nodes: Record<string, NodeRecord> = {};
  for (const { name, clockOffsetMs } of survey.nodes) {
    const known = ledger.nodes[name] ?? { standing: standingOf(ledger, name), since: survey.at };
    nodes[name] = clockOffsetMs === undefined ? known : { ...known, clockOffsetMs };
  }
  const stillBroken = (name: string) =>
    survey.nodes.some((node) => node.name === name && !(node.reachable && node.problems.length === 0));
  return {
    ...ledger,
    nodes,
    repairs: ledger.repairs.filter((name) => stillBroken(name) || isBehind(ledger, survey, name)),
  };
}

/** An allowed repair lasts until the node has a primary that somebody vouches for. */
function isBehind(ledger: Ledger, survey: Survey, name: string): boolean {
  const node = survey.nodes.find((each) => each.name === name);
  const primary = node && primaryOf(node.repository);
  return primary === undefined || !(ledger.keys[primary]?.trusted ?? false);
}

/** A node that has come to hold all that the serving nodes have is one of them from now on. */
function admit(ledger: Ledger, survey: Survey, policy: Policy): Ledger {
  const serving = readNodes(survey, ledger);
  const joining = nodesOf(survey, ledger, 'joining');
  if (joining.length === 0 || serving.length < servingNodes(survey, ledger).length) return ledger;
  const expired = expiredNow(survey, ledger, policy, survey.at);
  const live = liveKeys(serving, ledger, expired);
  const joined = joining.filter((node) => isComplete(node, serving, live));
  const nodes = { ...ledger.nodes };
  for (const { name } of joined) nodes[name] = { ...nodes[name], standing: 'serving', since: survey.at };
  return { ...ledger, nodes };
}

/** It reads every live key, would issue with a key that all can read, and holds none that the others lack. */
function isComplete(node: NodeView, serving: readonly NodeView[], live: readonly string[]): boolean {
  if (!node.reachable || node.problems.length > 0) return false;
  const { repository } = node;
  return (
    live.every((key) => holds(repository, key)) &&
    serving.some((other) => primaryOf(other.repository) === primaryOf(repository)) &&
    serving.some((other) => stagedOf(other.repository) === stagedOf(repository)) &&
    [...keysOf(repository)].every((key) => serving.some((other) => holds(other.repository, key)))
  );
}
