import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { type Listening, listen } from '@posthorn/runtime';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

type Span = { traceId: string; service: string; name: string };

const spans: Span[] = [];
let collector: Listening;
let system: RunningSystem;

before(async () => {
  collector = await listen(createServer(collect), { host: '127.0.0.1', port: 0 });
  system = await startRunningSystem({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  });
});
after(async () => {
  await system?.[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
});

test('one trace spans the API call, the rendering, the SMTP conversation and the recorded events', async () => {
  const emailId = await publishEmail(system.instance);
  await call(system.instance, 'POST', '/marketing/v3/transactional/single-email/send', {
    emailId,
    message: { to: 'traced@customer.example' },
    customProperties: { order: '1' },
  });

  const services = await eventually('a trace through all four services', async () => {
    const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
    const found = [...byTrace.values()].map((trace) => new Set(trace.map(({ service }) => service)));
    return found.find((trace) => trace.size >= 4);
  });

  assert.deepEqual([...services].sort(), [
    'posthorn-dispatcher',
    'posthorn-gateway',
    'posthorn-renderer',
    'posthorn-tracking',
  ]);
});

test('no span holds an address, a subject or a token', () => {
  // The recipient's domain may stand in a span: it is how operators find a receiver that is slow.
  const found = ['traced@', 'Receipt', 'ph_live_'].filter((canary) => JSON.stringify(spans).includes(canary));

  assert.deepEqual(found, []);
});

const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({
        attributes: z.array(
          z.object({ key: z.string(), value: z.looseObject({ stringValue: z.string().optional() }) }),
        ),
      }),
      scopeSpans: z.array(
        z.object({ spans: z.array(z.looseObject({ traceId: z.string(), name: z.string() })) }),
      ),
    }),
  ),
});

/** Takes OTLP over HTTP in JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
async function collect(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const parsed = Export.safeParse(JSON.parse(Buffer.concat(chunks).toString()));
  for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, service });
  }
  res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
}
