import { type ReturnItem, returnBytesMax } from '@posthorn/contracts';
import { eventIdOf } from '@posthorn/mail';
import { type Clock, isFault, type Logger } from '@posthorn/runtime';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { isTaken, type JudgeRecipient } from './judge-recipient.ts';
import { cannotStore, connectionLost, noSuchAddress, type SmtpRefusal, tooLarge } from './smtp-refusal.ts';

export type TakeMessageDeps = Readonly<{
  judge: JudgeRecipient;
  /** Resolves when the items are on disk; rejects with an `unavailable` Fault within a second while they cannot be. */
  postAll: (items: readonly ReturnItem[]) => Promise<void>;
  clock: Clock;
  log: Logger;
}>;

type Received = Readonly<{ raw: string; isTruncated: boolean }>;

/**
 * Takes one message: null when it is on disk, else the refusal to answer with. Of a large one the front is kept: a
 * report says what it says there, and returns our own mail behind it.
 */
export function createTakeMessage({ judge, postAll, clock, log }: TakeMessageDeps) {
  return async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<SmtpRefusal | null> => {
    const received = await receive(stream);
    if (received === 'too-large') return tooLarge();
    if (received === 'lost') return connectionLost();
    const items = itemsOf(received, session, { judge, nowMs: clock.nowMs() });
    // Only where an address expired between RCPT and the final dot.
    if (items.length === 0) return noSuchAddress();
    try {
      await postAll(items);
      return null;
    } catch (error) {
      if (!isFault(error, 'unavailable')) log.error({ err: error }, 'return could not be posted');
      return cannotStore();
    }
  };
}

function receive(stream: SMTPServerDataStream): Promise<Received | 'too-large' | 'lost'> {
  const { promise, resolve } = Promise.withResolvers<Received | 'too-large' | 'lost'>();
  const chunks: Buffer[] = [];
  let kept = 0;
  let seen = 0;
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    const taken = chunk.subarray(0, Math.max(0, returnBytesMax - kept));
    kept += taken.length;
    if (taken.length > 0) chunks.push(taken);
  });
  stream.on('end', () => {
    if (stream.sizeExceeded) resolve('too-large');
    else resolve({ raw: Buffer.concat(chunks).toString('latin1'), isTruncated: seen > kept });
  });
  // The client went away before the final dot; nobody is left to hear this.
  stream.on('error', () => resolve('lost'));
  return promise;
}

/** One item an address: each is a delivery of its own. */
function itemsOf(
  received: Received,
  { envelope: { mailFrom, rcptTo }, hostNameAppearsAs, remoteAddress }: SMTPServerSession,
  { judge, nowMs }: { judge: JudgeRecipient; nowMs: number },
): ReturnItem[] {
  const addresses = [...new Set(rcptTo.map(({ address }) => address.toLowerCase()))];
  return addresses.flatMap((address) => {
    const judged = judge(address, nowMs);
    if (!isTaken(judged)) return [];
    return {
      id: eventIdOf('return', address, received.raw),
      receivedAtMs: nowMs,
      mailFrom: mailFrom ? mailFrom.address.slice(0, 1_000) : '',
      helo: hostNameAppearsAs.slice(0, 255),
      remoteAddress: remoteAddress.slice(0, 64),
      ...(judged.kind === 'delivery' && { delivery: judged.delivery }),
      ...(judged.kind === 'postmaster' && { isForPostmaster: true }),
      ...received,
    };
  });
}
