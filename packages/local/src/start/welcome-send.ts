import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient, Timeline } from './api-client.ts';
import { welcomeValues } from './welcome-email.ts';

/** The stages a person knows, by the event that ends each. */
const stages = [
  { name: 'accepted', type: 'ACCEPTED' },
  { name: 'rendered', type: 'SENT' },
  { name: 'delivered', type: 'DELIVERED' },
] as const;

/** A script that waits for the line of `--json` waits this long at most: after a restart, other mail comes first. */
const patienceMs = 10_000;
/** Sparing: the key has 190 such calls in ten seconds. */
const pollMs = 60;

export type WelcomeOptions = Readonly<{
  emailId: number;
  docsUrl: string;
  show: (line: string) => void;
  signal: AbortSignal;
}>;

/**
 * Sends the welcome email through the whole path and shows each stage, with its milliseconds since acceptance, as it
 * is recorded.
 *
 * Never fails a start, since the system is up all the same: says so and returns when the email is not accepted, or the
 * last stage is not reached in 10 seconds. Returns at once when `signal` is aborted.
 */
export async function sendWelcome(api: ApiClient, options: WelcomeOptions): Promise<void> {
  const { emailId, docsUrl, show, signal } = options;
  try {
    const message = { to: 'ada@example.com' };
    const statusId = await api.send({ emailId, message, ...welcomeValues(docsUrl) });
    show(`  A welcome email is on its way (${statusId}):`);
    await showStages(() => api.timeline(statusId), { show, signal });
  } catch (error) {
    if (!signal.aborted) show(`  The welcome email was not sent or not found again: ${String(error)}`);
  }
}

async function showStages(
  ask: () => Promise<Timeline>,
  { show, signal }: Pick<WelcomeOptions, 'show' | 'signal'>,
): Promise<void> {
  const waiting: (typeof stages)[number][] = [...stages];
  const deadline = performance.now() + patienceMs;
  while (waiting.length > 0 && performance.now() < deadline) {
    const timeline = await ask();
    for (let stage = waiting[0]; stage; stage = waiting[0]) {
      const line = lineOf(stage, timeline);
      if (line === undefined) break;
      show(line);
      waiting.shift();
    }
    if (timeline.sendResult && timeline.sendResult !== 'SENT')
      return show(`    ended as ${timeline.sendResult}`);
    await delay(pollMs, undefined, { signal });
  }
  if (waiting.length > 0)
    show('    It has not arrived yet: mail from before this start may come first; else the logs say why.');
}

function lineOf(stage: (typeof stages)[number], { timeline }: Timeline): string | undefined {
  if (stage.type === 'ACCEPTED') return `    ${stage.name.padEnd(12)}${'0 ms'.padStart(8)}`;
  const event = timeline.find(({ type }) => type === stage.type);
  return event && `    ${stage.name.padEnd(12)}${`${event.sinceAcceptedMs} ms`.padStart(8)}`;
}
