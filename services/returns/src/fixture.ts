import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReturnItem } from '@posthorn/contracts';
import { createStatusIdIssuer, eventIdOf, issueReturnPath, keyringFromSecret } from '@posthorn/mail';

/** Builders for this service's tests. */
export const secret = 'a secret of at least 32 bytes for tests';
export const keyring = keyringFromSecret(secret);
export const accountId = 20_000_001;
export const host = 'bounces.shop.example';
export const dayMs = 86_400_000;
const { issue } = createStatusIdIssuer(keyring, { processSeed: 1 });

/** A new send's id, accepted at `atMs`. */
export function aStatusId(atMs = Date.now()): string {
  return issue(accountId, atMs);
}

/** The return path of a delivery, as the renderer issues it. */
export function returnPathOf(statusId: string, deliveryIndex = 0, atMs = Date.now()): string {
  return issueReturnPath(keyring, { statusId, accountId, deliveryIndex, host, atMs });
}

/** A golden message; in complaints the ids that our headers hold are those of `statusId`. */
export function golden(name: string, statusId?: string): string {
  const file = path.join(import.meta.dirname, 'parse', 'fixtures', `${name}.eml`);
  const raw = readFileSync(file).toString('latin1');
  return statusId === undefined ? raw : raw.replaceAll('01900000-0000-8000-8000-0123456789ab', statusId);
}

/** An item as the SMTP server posts it; without an index one for the complaint address. */
export function aReturn(
  raw: string,
  { statusId, deliveryIndex, ...fields }: Partial<ReturnItem> & { statusId: string; deliveryIndex?: number },
): ReturnItem {
  return {
    id: eventIdOf('return', raw, statusId),
    receivedAtMs: Date.now(),
    mailFrom: '',
    helo: 'mx.example.com',
    remoteAddress: '192.0.2.7',
    ...(deliveryIndex !== undefined && { delivery: { statusId, accountId, deliveryIndex } }),
    raw,
    isTruncated: false,
    ...fields,
  };
}
