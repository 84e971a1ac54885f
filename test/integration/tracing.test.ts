import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

/** As OTLP has them in JSON (opentelemetry-proto, trace/v1). */
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: Pick<Span, 'attributes'>;
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** Takes what an OpenTelemetry collector would take over HTTP. */
class Collector {
  readonly bodies: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        if (request.url === '/v1/traces') this.bodies.push(body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close().closeAllConnections();
  }

  private exports(): Export[] {
    return this.bodies.map((body) => JSON.parse(body) as Export);
  }

  services(): Set<unknown> {
    const resources = this.exports().flatMap(({ resourceSpans }) =>
      resourceSpans.map(({ resource }) => resource),
    );
    return new Set(resources.map((resource) => valueOf(resource, 'service.name')));
  }

  spans(): Span[] {
    return this.exports().flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }
}

const valueOf = ({ attributes }: Pick<Span, 'attributes'>, key: string) =>
  attributes.find((attribute) => attribute.key === key)?.value.stringValue;

const collector = new Collector();
let scene: Scene;

beforeAll(async () => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = await collector.start();
  process.env.OTEL_BSP_SCHEDULE_DELAY = '200';
  scene = await startScene('traced');
});
afterAll(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  delete process.env.OTEL_BSP_SCHEDULE_DELAY;
  await scene.stop();
  collector.stop();
});

test('one trace leads from the command to the activities of every phase, with no key in it', async () => {
  const keys = () => scene.fleet.nodes.flatMap(({ repository }) => keysIn(repository));
  const before = keys();
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json.outcome).toBe('completed');
  const start = () => collector.spans().find(({ name }) => name === 'StartWorkflow:rotation');
  const ofTrace = () => collector.spans().filter(({ traceId }) => traceId === start()?.traceId);
  await until(() => ofTrace().some(({ name }) => name === 'RunActivity:closeLedger'));
  const activities = ofTrace().filter(({ name }) => name.startsWith('RunActivity:'));
  expect(new Set(activities.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([start()!.spanId]));
  expect(new Set(activities.map((span) => valueOf(span, 'rotor.run')))).toEqual(
    new Set([valueOf(start()!, 'rotor.run')]),
  );
  const phases = new Set(activities.map((span) => valueOf(span, 'rotor.phase')));
  for (const phase of ['distribute', 'confirm', 'promote', 'stage']) expect(phases).toContain(phase);
  expect(activities.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['RunActivity:surveyNodes', 'RunActivity:makeKey', 'RunActivity:placeOnNodes']),
  );
  expect(collector.services()).toEqual(new Set(['rotor', 'rotor-worker']));

  const traces = { name: 'traces', content: Buffer.from(collector.bodies.join('\n')) };
  expect(searchForKeys([traces], [...before, ...keys()])).toEqual([]);
});

test('what is wrong with a node is in the trace by its code, and an unreachable collector holds up nobody', async () => {
  const node = scene.fleet.nodes[1]!;
  await node.sshd.stop();
  await scene.rotorJson('verify');
  const isTold = () =>
    collector.spans().some(({ name, attributes }) => {
      const problems = attributes.find(({ key }) => key === 'rotor.problems');
      return name === 'RunActivity:surveyNodes' && JSON.stringify(problems ?? '').includes('unreachable');
    });
  await until(isTold);
  await node.sshd.start();
  collector.stop();
  expect((await scene.rotorJson<{ inSync: boolean }>('verify')).json.inSync).toBe(true);
});
