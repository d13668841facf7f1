import type { Instance } from '@posthorn/local';
import type { DnsNode } from '@posthorn/testing';

/** A pool of the run, with its addresses and the email that leaves by it. */
export type RunPool = Readonly<{ name: string; addresses: readonly string[] }>;

/** Two pools, so that an address of the other one would be a wrong one. */
export const runPools: readonly RunPool[] = [
  { name: 'receipts', addresses: ['127.0.2.1', '127.0.2.2'] },
  { name: 'resets', addresses: ['127.0.2.3', '127.0.2.4'] },
];

/** What the DNS must say of them: their names, and back. */
export function zoneOfSenders(): Record<string, DnsNode> {
  const addresses = runPools.flatMap((pool) => pool.addresses);
  return Object.fromEntries(
    addresses.flatMap((address): [string, DnsNode][] => [
      [ehloNameOf(address), { A: [address], ttlSeconds: 3_600 }],
      [
        `${address.split('.').toReversed().join('.')}.in-addr.arpa`,
        { PTR: [ehloNameOf(address)], ttlSeconds: 3_600 },
      ],
    ]),
  );
}

function ehloNameOf(address: string): string {
  return `mta-${address.replaceAll('.', '-')}.sender.example`;
}

/** Makes the pools and their addresses over the API, warm already, and waits until each is found healthy. */
export async function makePools(instance: Instance['running']): Promise<void> {
  for (const { name, addresses } of runPools) {
    await ask(instance, 'POST', '/v1/pools', { name });
    for (const address of addresses) {
      const made = await ask(instance, 'POST', '/v1/ips', {
        ...{ address, pool: name, ehloName: ehloNameOf(address), warmup: 'skip' },
      });
      await untilActive(instance, String(made['id']));
    }
  }
}

async function untilActive(instance: Instance['running'], id: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const seen = await ask(instance, 'POST', `/v1/ips/${id}/check`);
    if (seen['state'] === 'active') return;
    if (performance.now() > deadline)
      throw new Error(`An address stays ${seen['state']}: ${JSON.stringify(seen)}`);
    await new Promise((go) => setTimeout(go, 500));
  }
}

/** Calls the API as an operator does; throws what it says when it refuses. */
export async function ask(
  { apiUrl, apiKey }: Instance['running'],
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return text === '' ? {} : Object(JSON.parse(text));
}
