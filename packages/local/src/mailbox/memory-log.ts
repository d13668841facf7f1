import type { MailLog } from './mail-log.ts';

/** A mailbox's log that is forgotten when the process ends: one segment a message, so that any can be dropped. */
export function createMemoryLog(): MailLog {
  const bodies = new Map<number, Buffer>();
  let oldest = 0;
  let next = 0;
  let sizeBytes = 0;

  return {
    async append(_entry, body = Buffer.alloc(0)) {
      const segment = next++;
      bodies.set(segment, body);
      sizeBytes += body.length;
      return { segment, offsetBytes: 0, sizeBytes: body.length };
    },
    async read({ segment }) {
      return bodies.get(segment) ?? null;
    },
    rotate() {},
    async dropBefore(segment) {
      for (; oldest < Math.min(segment, next); oldest++) {
        sizeBytes -= bodies.get(oldest)?.length ?? 0;
        bodies.delete(oldest);
      }
    },
    sizeBytes: () => sizeBytes,
    where: 'memory',
    async [Symbol.asyncDispose]() {
      bodies.clear();
    },
  };
}
