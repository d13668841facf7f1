import { type Link, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { createCounter } from '@posthorn/runtime';

export const countPosted = createCounter('posthorn.queue.posted', 'Items put on disk in a lane');
export const countSettled = createCounter('posthorn.queue.settled', 'Items settled as done');
export const countRetried = createCounter('posthorn.queue.retried', 'Items sent round again by a verdict');
export const countWaited = createCounter(
  'posthorn.queue.waited',
  'Items sent round again by a verdict, without having been tried',
);
export const countParked = createCounter('posthorn.queue.parked', 'Items parked');
export const countCrashes = createCounter('posthorn.queue.crashes', 'Bags found to have ended their process');

const tracer = trace.getTracer('posthorn');
const traceParentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Runs `work` in a span about one bag, linked to the traces of its items: a bag has many parents, so it can be the
 * child of none. A derived bag is the child of the run that posts it (`isRoot` false).
 */
export async function withBagSpan<T>(
  name: string,
  kind: 'PRODUCER' | 'CONSUMER',
  bag: { lane: string; bagId: string; traceParents: readonly (string | undefined)[]; isRoot?: boolean },
  work: () => Promise<T>,
): Promise<T> {
  const attributes = {
    'messaging.system': 'posthorn',
    'messaging.destination.name': bag.lane,
    'messaging.message.id': bag.bagId,
    'messaging.batch.message_count': bag.traceParents.length,
  };
  return tracer.startActiveSpan(
    name,
    { kind: SpanKind[kind], attributes, root: bag.isRoot ?? true },
    async (span) => {
      if (span.isRecording()) span.addLinks(linksOf(bag.traceParents));
      return finish(span, work);
    },
  );
}

async function finish<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function linksOf(traceParents: readonly (string | undefined)[]): Link[] {
  return [...new Set(traceParents)].flatMap((traceParent) => {
    const [, traceId, spanId, flags] = traceParentPattern.exec(traceParent ?? '') ?? [];
    if (!traceId || !spanId) return [];
    const traceFlags = Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED;
    return [{ context: { traceId, spanId, traceFlags, isRemote: true } }];
  });
}
