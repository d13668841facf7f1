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
/** Bodies of what else came, by signal. */
const others: Record<'/v1/metrics' | '/v1/logs', string> = { '/v1/metrics': '', '/v1/logs': '' };
let collector: Listening;
let system: RunningSystem;

before(async () => {
  collector = await listen(createServer(collect), { host: '127.0.0.1', port: 0 });
  system = await startRunningSystem({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BLRP_SCHEDULE_DELAY: '100',
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_METRIC_EXPORT_TIMEOUT: '400',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
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

test('metrics name what they count and logs come along, from every service', async () => {
  await eventually('metrics of the queue and logs', async () => {
    const isCounted = others['/v1/metrics'].includes('posthorn.queue.posted');
    return isCounted && others['/v1/logs'].includes('mongodb connected');
  });
});

test('what a service did last is sent off before it ends', async () => {
  await system.stop();

  for (const service of ['gateway', 'renderer', 'dispatcher', 'tracking']) {
    assert.match(stoppedBy(service), /stopped/, service);
  }
});

test('no span, metric or log holds an address, a subject or a token', () => {
  // The recipient's domain may stand in a span: it is how operators find a receiver that is slow.
  const everything = JSON.stringify([spans, others]);
  const found = ['traced@', 'Receipt', 'ph_live_'].filter((canary) => everything.includes(canary));

  assert.deepEqual(found, []);
});

/** The log exports of one service. */
function stoppedBy(service: string): string {
  return others['/v1/logs']
    .split('{"resourceLogs"')
    .filter((body) => body.includes(`posthorn-${service}`))
    .join('');
}

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
  const body = Buffer.concat(chunks).toString();
  if (req.url === '/v1/metrics' || req.url === '/v1/logs') others[req.url] += body;
  const parsed = Export.safeParse(JSON.parse(body));
  for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, service });
  }
  res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
}
