/** What may be said and seen while faults are about, and what must be. */
import type { Blocking, OperationResult } from '../core/rotation.js';
import type { TrafficCounts } from '../lab/traffic.js';
import type { Strike } from './fault.js';

/** Every node that is said to be in the way must be one that a fault was done to, with a code and a message that fit. */
export function judgeBlocking(blocking: readonly Blocking[], strikes: readonly Strike[]): string[] {
  return blocking
    .filter((each) => !strikes.some((strike) => fits(strike, each.node, each.code, each.message)))
    .map(({ node, code, message }) => `${node || 'the fleet'} was in the way with ${code}: ${message}`);
}

export function judgeEnd({ outcome, error }: OperationResult, strikes: readonly Strike[]): string[] {
  if (outcome === 'completed' && error === null) return [];
  const said = `ended ${outcome}: ${error?.code} on ${error?.nodes.join(', ')}: ${error?.message}`;
  if (error === null || (outcome !== 'compensated' && outcome !== 'failed')) return [said];
  const names = error.nodes.length === 0 ? [''] : error.nodes;
  const isExpected =
    strikes.some(({ fault }) => fault.codes.includes(error.code)) &&
    names.every((name) => strikes.some((strike) => whoseNameIsSaid(strike) === name));
  return isExpected ? [] : [said];
}

/** A fault that no rotation can miss was told of, by whoever waited for it or by how it ended. */
export function judgeTold(
  blocking: readonly Blocking[],
  { error }: OperationResult,
  strikes: readonly Strike[],
): string[] {
  const isTold = (strike: Strike) =>
    blocking.some(({ node, code, message }) => fits(strike, node, code, message)) ||
    (error !== null && strike.fault.codes.includes(error.code));
  return strikes
    .filter((strike) => strike.fault.mustBeTold && !isTold(strike))
    .map(({ fault }) => `nobody was told of ${fault.name}`);
}

export function judgeTraffic(counts: TrafficCounts, strikes: readonly Strike[]): string[] {
  if (counts.validations === 0) return ['there was no traffic'];
  return counts.failures.filter((failure) => !strikes.some((strike) => isItsDoing(strike, failure)));
}

function fits({ fault, node }: Strike, name: string, code: string, message: string): boolean {
  if (!fault.codes.some((known) => known === code)) return false;
  return name === whoseNameIsSaid({ fault, node }) && message.includes(name) && message !== '';
}

function whoseNameIsSaid({ fault, node }: Pick<Strike, 'fault' | 'node'>): string {
  return fault.isOfFleet ? '' : node.name;
}

function isItsDoing({ fault, node }: Strike, failure: string): boolean {
  if (fault.refuses === 'what it is asked') return failure.includes(` ${node.name}: `);
  return fault.refuses === 'its own as well' && failure.includes(node.name);
}
