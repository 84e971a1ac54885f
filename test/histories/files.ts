/** Histories as files: one event a line, with nothing of the machine that they come from. */
import { readFileSync, readdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
export type History = proto.temporal.api.history.v1.IHistory;

export interface Recorded {
  readonly workflowId: string;
  readonly history: History;
}

const RECORDED = fileURLToPath(new URL('./recorded/', import.meta.url));

/** Where the histories of a release are. */
export function recordedIn(version: string): string {
  return join(RECORDED, version);
}

/** Of every release, by a name such as `0.1.0/reconcile`. */
export function recordedHistories(): (Recorded & { readonly name: string })[] {
  return readdirSync(RECORDED).flatMap((version) =>
    readdirSync(recordedIn(version)).map((file) => {
      const text = readFileSync(join(recordedIn(version), file), 'utf8');
      const { workflowId, history } = JSON.parse(text) as { workflowId: string; history: object };
      return {
        name: `${version}/${file.replace('.json', '')}`,
        workflowId,
        history: History.fromObject(history),
      };
    }),
  );
}

export function serialize({ workflowId, history }: Recorded, directory: string): string {
  const { events } = JSON.parse(JSON.stringify(history)) as { events: unknown[] };
  const clean = scrubber([
    [directory, '/lab'],
    [hostname(), 'lab'],
    [userInfo().username, 'operator'],
  ]);
  const lines = events.map((event) => JSON.stringify(clean(event)));
  return `{"workflowId":${JSON.stringify(workflowId)},"history":{"events":[\n${lines.join(',\n')}\n]}}\n`;
}

/** Fields that say where something ran, and that no replay reads. */
const LEFT_OUT = ['identity', 'stackTrace', 'workerVersion', 'requestId'];

type Clean = (value: unknown) => unknown;

/** Replaces texts in everything, also in payloads, which are JSON in base64. */
function scrubber(replacements: readonly (readonly [string, string])[]): Clean {
  const text = (from: string) =>
    replacements.reduce((result, [search, replace]) => result.replaceAll(search, replace), from);
  const clean: Clean = (value) => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).filter(([key]) => !LEFT_OUT.includes(key));
    const isPayload = 'metadata' in value && 'data' in value;
    return Object.fromEntries(
      entries.map(([key, inner]) => [
        key,
        isPayload && key === 'data' ? payload(inner as string) : clean(inner),
      ]),
    );
  };
  const payload = (data: string) =>
    Buffer.from(text(Buffer.from(data, 'base64').toString('utf8'))).toString('base64');
  return clean;
}
