import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, type Context, type Span, type SpanOptions, trace } from '@opentelemetry/api';
import { createAttemptTelemetry } from './attempt-telemetry.ts';

test('an attempt is a client span that names send, pool, site, domain, ip, host and outcomes, and no address', async () => {
  const { spans } = recordSpans();

  await createAttemptTelemetry({ pool: 'receipts' }).observe(
    { statusId: 's1', site: 'example.org', domain: 'example.org', ip: '192.0.2.1', parent: undefined },
    async () => ({
      mx: 'mx.example.org',
      outcomes: new Map([
        ['jane@example.org', { kind: 'delivered', response: '250 ok' }],
        ['john@example.org', { kind: 'ambiguous', response: '' }],
      ]),
    }),
  );

  assert.deepEqual(spans, [
    {
      name: 'smtp deliver',
      attributes: {
        'posthorn.status_id': 's1',
        'posthorn.pool': 'receipts',
        'posthorn.site': 'example.org',
        'posthorn.domain': 'example.org',
        'posthorn.ip': '192.0.2.1',
        'posthorn.outcome': ['delivered', 'ambiguous'],
        'server.address': 'mx.example.org',
      },
    },
  ]);
});

function recordSpans() {
  const spans: { name: string; attributes: Attributes }[] = [];
  const noop = trace.getTracer('none').startSpan('none');

  function startSpan(name: string, { attributes = {} }: SpanOptions = {}): Span {
    const recorded = { name, attributes: { ...attributes } };
    spans.push(recorded);
    const span: Span = Object.create(noop);
    span.setAttribute = (key, value) => {
      recorded.attributes[key] = value;
      return span;
    };
    return span;
  }
  const tracer = {
    startSpan,
    startActiveSpan: <T>(name: string, options: SpanOptions, _context: Context, work: (span: Span) => T): T =>
      work(startSpan(name, options)),
  };
  // The interface's overloads cannot be met by one plain function; the code under test uses the longest.
  trace.setGlobalTracerProvider({ getTracer: () => tracer as unknown as ReturnType<typeof trace.getTracer> });
  return { spans };
}
