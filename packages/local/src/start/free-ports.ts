import { createServer } from 'node:net';
import { Fault, listen } from '@posthorn/runtime';
import { blockSize } from './settings.ts';

/**
 * Makes sure that every port is free on `host`, before anything is started.
 *
 * Throws a `misconfigured` Fault that names each taken port and what it is for.
 */
export async function assertPortsAreFree(
  ports: Readonly<Record<string, number>>,
  { host, replicas }: { host: string; replicas: number },
): Promise<void> {
  const taken: string[] = [];
  for (const [part, port] of Object.entries(ports)) {
    if (!(await isFree(host, port))) taken.push(`${port} (${part})`);
  }
  if (taken.length === 0) return;
  throw new Fault(
    'misconfigured',
    `Another program uses port ${taken.join(', ')}. Stop it, or set POSTHORN_PORT to the first of ${replicas * blockSize} free ports.`,
  );
}

async function isFree(host: string, port: number): Promise<boolean> {
  try {
    await using _probe = await listen(createServer(), { host, port });
    return true;
  } catch {
    return false;
  }
}
