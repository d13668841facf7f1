import type { SendingIp } from '@posthorn/store';

const minuteMs = 60_000;

type Scheduled = Pick<SendingIp, 'state' | 'createdAtMs'> &
  Readonly<{ drainedFrom?: SendingIp['drainedFrom'] | undefined }>;

/**
 * When an address is to be checked next: every minute in its first hour while it is checking and every 5 minutes from
 * then on; every 15 minutes while a blocklist keeps it from sending; hourly otherwise, sooner where something could not
 * be asked. `jitter` from 0 to 1 makes it up to a tenth later, so that not all are checked at once.
 */
export function nextIpCheckAtMs(
  ip: Scheduled,
  { nowMs, hasUnknown, jitter }: Readonly<{ nowMs: number; hasUnknown: boolean; jitter: number }>,
): number {
  const pauseMs = minutesFor(ip, nowMs - ip.createdAtMs, hasUnknown) * minuteMs;
  return nowMs + Math.round(pauseMs * (1 + jitter / 10));
}

function minutesFor({ state, drainedFrom }: Scheduled, ageMs: number, hasUnknown: boolean): number {
  if (state === 'checking') return ageMs < 60 * minuteMs ? 1 : 5;
  if (hasUnknown) return 5;
  return drainedFrom === undefined ? 60 : 15;
}
