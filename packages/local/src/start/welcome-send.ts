import type { ApiClient, Timeline } from './api-client.ts';
import { welcomeValues } from './welcome-email.ts';

/** The stages a person knows, by the event that ends each. */
const stages = [
  { name: 'accepted', type: 'ACCEPTED' },
  { name: 'rendered', type: 'SENT' },
  { name: 'delivered', type: 'DELIVERED' },
] as const;

const patienceMs = 30_000;
/** Sparing: the key has 190 such calls in ten seconds. */
const pollMs = 60;

/**
 * Sends the welcome email through the whole path and shows each stage, with its milliseconds since acceptance, as it
 * is recorded.
 *
 * Says so and returns when the last stage is not reached in 30 seconds: the system is up all the same.
 */
export async function sendWelcome(
  api: ApiClient,
  { emailId, docsUrl, show }: { emailId: number; docsUrl: string; show: (line: string) => void },
): Promise<void> {
  const statusId = await api.send({ emailId, message: { to: 'ada@example.com' }, ...welcomeValues(docsUrl) });
  show(`  A welcome email is on its way (${statusId}):`);

  const waiting: (typeof stages)[number][] = [...stages];
  const deadline = performance.now() + patienceMs;
  while (waiting.length > 0 && performance.now() < deadline) {
    const timeline = await api.timeline(statusId);
    for (let stage = waiting[0]; stage; stage = waiting[0]) {
      const line = lineOf(stage, timeline);
      if (line === undefined) break;
      show(line);
      waiting.shift();
    }
    if (timeline.sendResult && timeline.sendResult !== 'SENT')
      return show(`    ended as ${timeline.sendResult}`);
    await new Promise((go) => setTimeout(go, pollMs));
  }
  if (waiting.length > 0) show('    It has not arrived yet; the logs say why.');
}

function lineOf(stage: (typeof stages)[number], { timeline }: Timeline): string | undefined {
  if (stage.type === 'ACCEPTED') return `    ${stage.name.padEnd(12)}${'0 ms'.padStart(8)}`;
  const event = timeline.find(({ type }) => type === stage.type);
  return event && `    ${stage.name.padEnd(12)}${`${event.sinceAcceptedMs} ms`.padStart(8)}`;
}
