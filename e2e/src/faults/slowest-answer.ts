import type { FaultWorld } from './fault-world.ts';

/** Asks for a send `count` times, one after the other, and says how long the slowest answer took, in milliseconds. What is accepted counts as no message of the run. */
export async function slowestAnswerMs({ system: { instance } }: FaultWorld, count: number): Promise<number> {
  let slowest = 0;
  for (let at = 0; at < count; at += 1) {
    const startedAtMs = performance.now();
    await fetch(`${instance.apiUrl}/marketing/v3/transactional/single-email/send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${instance.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ emailId: 1, message: { to: 'nobody@elsewhere.example' } }),
      signal: AbortSignal.timeout(30_000),
    })
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
    slowest = Math.max(slowest, performance.now() - startedAtMs);
  }
  return slowest;
}
