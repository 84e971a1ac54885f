/** Steady token traffic: what is issued on any node has to be good on every node. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from './keystone-template.js';
import { issueTokenWithExpiry, TokenRefused, validateToken, type IssuedToken } from './tokens.js';

export { issueToken, validateToken } from './tokens.js';

/** Two cores serve three nodes at this rate and have time left for a rotation. */
const DEFAULT_VALIDATIONS_PER_SECOND = 40;
/** More rounds at once than this mean that the nodes can't keep up; then the next has to wait. */
const ROUNDS_AT_ONCE = 8;
/** Tokens this close to their end are left alone: clocks and queues could make them fail rightly. */
const END_MARGIN_MS = 5_000;
/** Enough to find what happened; a broken node would fill the memory. */
const FAILURES_KEPT = 100;
/** In place of a status when the node did not answer. */
const NO_ANSWER = 0;

export interface TrafficNode {
  readonly name: string;
  /** Of the identity API, with its version. */
  readonly url: string;
}

export interface TrafficOptions {
  readonly nodes: readonly TrafficNode[];
  readonly admin: Admin;
  readonly validationsPerSecond?: number;
  /** Keystone's `allow_expired_window`: expired tokens are validated that long, as a slow operation would. Default 0. */
  readonly allowExpiredWindowSeconds?: number;
}

export interface TrafficCounts {
  tokensIssued: number;
  validations: number;
  /** Every answer but 200, and no answer. */
  failedValidations: number;
  /** Answers of 500 and above, and no answer; also when a token was asked for. */
  serverErrors: number;
  /** The first hundred: node, status, age of the token. Never a token. */
  failures: string[];
}

export interface Traffic {
  readonly counts: Readonly<TrafficCounts>;
  /** Validates one token on every node and counts it; false when any refuses. */
  check(token: string): Promise<boolean>;
  /** Ends once all answers are in. */
  stop(): Promise<TrafficCounts>;
}

interface KnownToken extends IssuedToken {
  /** Name of the node that it is from. */
  readonly issuer: string;
  readonly issuedAt: number;
}

interface State {
  readonly options: TrafficOptions;
  readonly counts: TrafficCounts;
  /** Every token that still has to be good. */
  known: KnownToken[];
}

/** Starts at once; `stop` ends it. */
export function startTraffic(options: TrafficOptions): Traffic {
  const counts = { tokensIssued: 0, validations: 0, failedValidations: 0, serverErrors: 0, failures: [] };
  const state: State = { options, counts, known: [] };
  const stopping = new AbortController();
  const ended = runRounds(state, stopping.signal);
  return {
    counts,
    check: (token) => validateEverywhere(state, token, token, ''),
    stop: async () => {
      stopping.abort();
      await ended;
      return counts;
    },
  };
}

async function runRounds(state: State, stopping: AbortSignal): Promise<void> {
  const { nodes, validationsPerSecond = DEFAULT_VALIDATIONS_PER_SECOND } = state.options;
  // A round validates a new token on every node and an old one on one.
  const roundMs = ((nodes.length + 1) * 1_000) / validationsPerSecond;
  const running = new Set<Promise<void>>();
  for (let round = 0; !stopping.aborted; round++) {
    const node = nodes[round % nodes.length] as TrafficNode;
    const current = runRound(state, node).finally(() => running.delete(current));
    running.add(current);
    await sleep(roundMs, undefined, { signal: stopping }).catch(() => {});
    if (running.size >= ROUNDS_AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
}

async function runRound(state: State, issuer: TrafficNode): Promise<void> {
  const token = await issue(state, issuer);
  if (token === null) return;
  await validateEverywhere(state, token.token, token.token, ` issued on ${issuer.name}`);
  await revalidateOld(state, token);
}

async function issue(state: State, node: TrafficNode): Promise<KnownToken | null> {
  try {
    const token = await issueTokenWithExpiry(node.url, state.options.admin);
    const issued = { ...token, issuer: node.name, issuedAt: Date.now() };
    state.counts.tokensIssued++;
    state.known.push(issued);
    return issued;
  } catch (error) {
    const status = error instanceof TokenRefused ? error.status : NO_ANSWER;
    noteFailure(state.counts, status, `${node.name}: no token, ${describe(status)}`);
    return null;
  }
}

async function validateEverywhere(
  state: State,
  auth: string,
  subject: string,
  what: string,
): Promise<boolean> {
  const answers = await Promise.all(
    state.options.nodes.map((node) => validate(state, node, auth, subject, what)),
  );
  return answers.every((isGood) => isGood);
}

/** A random old token on a random node; the allowance lets it be one of the window, as slow operations use them. */
async function revalidateOld(state: State, auth: KnownToken): Promise<void> {
  const windowMs = (state.options.allowExpiredWindowSeconds ?? 0) * 1_000;
  const latestEnd = Date.now() + END_MARGIN_MS - windowMs;
  state.known = state.known.filter((token) => token.expiresAt > latestEnd);
  const old = pick(state.known);
  const node = pick(state.options.nodes);
  if (old === undefined || node === undefined) return;
  const age = Math.round((Date.now() - old.issuedAt) / 1_000);
  const what = ` issued on ${old.issuer} ${age} s ago, asked about with one of ${auth.issuer}`;
  await validate(state, node, auth.token, old.token, what, true);
}

async function validate(
  state: State,
  node: TrafficNode,
  auth: string,
  subject: string,
  what: string,
  allowExpired = false,
): Promise<boolean> {
  const status = await validateToken(node.url, auth, subject, allowExpired).catch(() => NO_ANSWER);
  state.counts.validations++;
  if (status === 200) return true;
  state.counts.failedValidations++;
  noteFailure(state.counts, status, `${node.name}: token${what}, ${describe(status)}`);
  return false;
}

function noteFailure(counts: TrafficCounts, status: number, failure: string): void {
  if (status === NO_ANSWER || status >= 500) counts.serverErrors++;
  if (counts.failures.length < FAILURES_KEPT) counts.failures.push(`${new Date().toISOString()} ${failure}`);
}

function describe(status: number): string {
  return status === NO_ANSWER ? 'no answer' : `status ${status}`;
}

function pick<T>(from: readonly T[]): T | undefined {
  return from[Math.floor(Math.random() * from.length)];
}
