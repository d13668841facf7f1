import { createCounter, createDurationHistogram, withSpan } from '@posthorn/runtime';
import type { Sent } from './smtp-pool.ts';

const countAttempts = createCounter(
  'posthorn.dispatcher.attempts',
  'Attempts at deliveries, by outcome and site.',
);
const recordDuration = createDurationHistogram(
  'posthorn.dispatcher.attempt_ms',
  'One SMTP conversation about one message, from asking for a connection to its last outcome.',
);

/** Runs one conversation in a span of its own, child of the request that caused the send, and counts its outcomes. */
export async function observeAttempt(
  about: Readonly<{ statusId: string; site: string; domain: string; parent: string | undefined }>,
  converse: () => Promise<Sent>,
): Promise<Sent> {
  const { statusId, site, domain, parent } = about;
  const attributes = { 'posthorn.status_id': statusId, 'posthorn.site': site, 'posthorn.domain': domain };

  return await withSpan('smtp deliver', { kind: 'CLIENT', attributes, parent }, async (span) => {
    const startedAtMs = performance.now();
    const sent = await converse();
    recordDuration(performance.now() - startedAtMs, { site });
    for (const outcome of sent.outcomes.values()) countAttempts(1, { outcome: outcome.kind, site });
    span.setAttribute('posthorn.outcome', [...new Set([...sent.outcomes.values()].map(({ kind }) => kind))]);
    if (sent.mx) span.setAttribute('server.address', sent.mx);
    return sent;
  });
}
