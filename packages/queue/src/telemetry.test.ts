import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Attributes,
  INVALID_SPAN_CONTEXT,
  type Link,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { withBagSpan } from './telemetry.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

test('the span of a bag counts its items and links to the traces they belong to, each once', async () => {
  const { spans } = setUp();
  const traceParents = [
    `00-${traceId}-b7ad6b7169203331-01`,
    undefined,
    'nonsense',
    `00-${traceId}-b7ad6b7169203331-01`,
  ];

  const result = await withBagSpan(
    'post render',
    'PRODUCER',
    { lane: 'render', bagId: 'b-1', traceParents },
    async () => 7,
  );

  assert.equal(result, 7);
  assert.equal(spans[0]?.attributes['messaging.batch.message_count'], 4);
  assert.deepEqual(
    spans[0]?.links.map(({ context }) => [context.traceId, context.spanId, context.traceFlags]),
    [[traceId, 'b7ad6b7169203331', 1]],
  );
  assert.equal(spans[0]?.isEnded, true);
});

test('what the work throws ends the span and goes on', async () => {
  const { spans } = setUp();
  const bag = { lane: 'render', bagId: 'b-1', traceParents: [] };

  await assert.rejects(
    withBagSpan('handle render', 'CONSUMER', bag, () => Promise.reject(new Error('it broke'))),
    /it broke/,
  );

  assert.equal(spans[0]?.isEnded, true);
});

type Kept = { attributes: Attributes; links: Link[]; isEnded: boolean };
let spans: Kept[] = [];

/** A tracer that keeps what it is told; the library takes one for the whole process. */
function setUp(): { spans: Kept[] } {
  spans = [];
  trace.setGlobalTracerProvider({
    // The library's overloads cannot be written as one function.
    getTracer: () => ({ startSpan, startActiveSpan: startActiveSpan as Tracer['startActiveSpan'] }),
  });
  return { spans };
}

function startActiveSpan(name: string, options: SpanOptions, work: (span: Span) => unknown): unknown {
  return work(startSpan(name, options));
}

function startSpan(_name: string, { attributes = {} }: SpanOptions = {}): Span {
  const kept: Kept = { attributes, links: [], isEnded: false };
  spans.push(kept);
  const span: Span = {
    spanContext: () => INVALID_SPAN_CONTEXT,
    isRecording: () => true,
    addLinks: (links) => {
      kept.links.push(...links);
      return span;
    },
    addLink: () => span,
    addEvent: () => span,
    setAttribute: () => span,
    setAttributes: () => span,
    setStatus: () => span,
    updateName: () => span,
    recordException: () => undefined,
    end: () => {
      kept.isEnded = true;
    },
  };
  return span;
}
