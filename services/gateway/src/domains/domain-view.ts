import { domainToUnicode } from 'node:url';
import type { DomainRecord, DomainView } from '@posthorn/contracts';
import { canSend, type ExpectedRecord, expectedRecords, type Installation } from '@posthorn/domains';
import { splitTxtValue } from '@posthorn/mail';
import type { Domain } from '@posthorn/store';

/** A domain as it is answered at `nowMs`. */
export function domainViewOf(domain: Domain, installation: Installation, nowMs: number): DomainView {
  const { id, domain: name, state, returnPathHost, trackingHost, sendsUntilMs } = domain;
  const maySend = canSend(domain, nowMs);
  const message = messageOf(domain, maySend);
  return {
    ...{ id, domain: name, displayName: domainToUnicode(name) || name, state, canSend: maySend },
    ...(state === 'failing' && sendsUntilMs !== undefined && { sendsUntil: isoOf(sendsUntilMs) }),
    ...(message !== undefined && { message }),
    ...{ returnPathHost, trackingHost, createdAt: isoOf(domain.createdAtMs) },
    ...(domain.verifiedAtMs !== undefined && { verifiedAt: isoOf(domain.verifiedAtMs) }),
    ...(domain.checkedAtMs !== undefined && { checkedAt: isoOf(domain.checkedAtMs) }),
    nextCheckAt: isoOf(domain.nextCheckAtMs),
    records: expectedRecords(domain, installation).map((record) => recordViewOf(record, domain)),
  };
}

function recordViewOf({ name, kind: _, ...record }: ExpectedRecord, { checks }: Domain): DomainRecord {
  const { state, message, found, checkedAtMs } = checks[name] ?? { state: 'pending' };
  return {
    ...record,
    ...(record.type === 'TXT' && { strings: splitTxtValue(record.value) }),
    state,
    ...(message !== undefined && { message }),
    ...(found && { found: [...found] }),
    ...(checkedAtMs !== undefined && { checkedAt: isoOf(checkedAtMs) }),
  };
}

function messageOf({ state, sendsUntilMs = 0 }: Domain, maySend: boolean): string | undefined {
  if (state === 'verified') return undefined;
  if (state === 'pending')
    return 'Publish the records below. Mail can be sent as soon as the required one is seen.';
  return maySend
    ? `A required record is not right any more. Mail still leaves until ${isoOf(sendsUntilMs)}; mend it before.`
    : 'A required record has not been right for too long. Mail from this domain is dropped until it is back.';
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
