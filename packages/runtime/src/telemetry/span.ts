import {
  type Attributes,
  context,
  isSpanContextValid,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const tracer = trace.getTracer('posthorn');

export type SpanOptions = Readonly<{
  kind?: keyof typeof SpanKind;
  /** Ids, counts and the recipient's domain; never addresses, subjects, bodies, properties or tokens. */
  attributes?: Attributes;
  /** The `traceparent` of the work that caused this, where it came through a mailbag. */
  parent?: string | undefined;
}>;

/** Runs `work` in a span that ends with it; what `work` throws is recorded and thrown on. */
export async function withSpan<T>(
  name: string,
  { kind = 'INTERNAL', attributes = {}, parent }: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parentContext = parent
    ? propagation.extract(context.active(), { traceparent: parent })
    : context.active();
  const span = tracer.startSpan(name, { kind: SpanKind[kind], attributes }, parentContext);
  // Tracing is off: a context of its own would cost more than the rest of this.
  if (!isSpanContextValid(span.spanContext())) return work(span);
  return context.with(trace.setSpan(parentContext, span), () => finish(span, work));
}

async function finish<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await work(span);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    if (error instanceof Error) span.recordException({ name: error.name });
    throw error;
  } finally {
    span.end();
  }
}

/** The active span's W3C `traceparent`, to put into an item; undefined while tracing is off. */
export function currentTraceParent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/**
 * Records a span for work that is over, as a child of `parent`: for one item of many that were worked on together.
 *
 * Does nothing without a parent, so it costs nothing while tracing is off. Times are Unix milliseconds.
 */
export function recordSpan(
  name: string,
  { kind = 'INTERNAL', attributes = {}, parent }: SpanOptions,
  { startMs, endMs }: { startMs: number; endMs: number },
): void {
  if (parent === undefined) return;
  const parentContext = propagation.extract(context.active(), { traceparent: parent });
  tracer.startSpan(name, { kind: SpanKind[kind], attributes, startTime: startMs }, parentContext).end(endMs);
}
