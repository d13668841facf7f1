import {
  type Keyring,
  messageIdOf,
  readSubmitted,
  readTrackingToken,
  renditionOf,
  type SubmittedMessage,
} from '@posthorn/mail';
import { referenceHeadersOf } from './reference-headers.ts';
import { createSigners } from './signers.ts';
import type { MessageToWrite, SubmittedTask, WrittenMessage } from './submitted-task.ts';
import { trackingOf } from './tracking-of.ts';

/**
 * Makes what a thread runs for submitted messages: read once, write and sign each copy. Synchronous and pure but for the
 * signers it keeps, so the same message gives the same bytes. One that fails does not touch the others.
 */
export function createWriteCopies({ keyring, trackingUrl }: { keyring: Keyring; trackingUrl: string }) {
  const signersOf = createSigners();
  return (task: SubmittedTask): WrittenMessage[] =>
    task.messages.map((message) => writeSafely(task, message));

  function writeSafely(task: SubmittedTask, message: MessageToWrite): WrittenMessage {
    try {
      return write(task, message);
    } catch (error) {
      return { kind: 'threw', reason: error instanceof Error ? (error.stack ?? error.message) : 'threw' };
    }
  }

  function write(task: SubmittedTask, message: MessageToWrite): WrittenMessage {
    const signers = signersOf(task.keys[message.signWith] ?? []);
    if (signers.length === 0) return { kind: 'key-unreadable' };

    const baseUrl = message.trackingUrl ?? trackingUrl;
    const submitted = read(message, baseUrl);
    const copies = message.copies.map((copy) => {
      const send = { ...message, statusId: copy.statusId };
      const tracking = copy.isTracked ? trackingOf(keyring, send, { ...message, baseUrl }) : null;
      const headers = [{ name: 'X-HubSpot-MID', value: copy.statusId }, ...referenceHeadersOf(send)];
      return submitted.writeCopy({ tracking, headers });
    });
    return {
      kind: 'written',
      renditions: copies.map((copy) => renditionOf(copy, signers, message.acceptedAtMs)),
      needsSmtpUtf8: copies.some(({ needsSmtpUtf8 }) => needsSmtpUtf8),
    };
  }

  function read(message: MessageToWrite, baseUrl: string): SubmittedMessage {
    const { raw, id, fromDomain, acceptedAtMs, isHeaderOnly } = message;
    return readSubmitted(raw, {
      messageId: messageIdOf(id, fromDomain),
      dateMs: acceptedAtMs,
      isOurs: (url) => [baseUrl, trackingUrl].some((base) => isOurs(url, base)),
      isHeaderOnly,
    });
  }

  /** Below one of our names, or with a token of ours under a name that was ours. */
  function isOurs(url: string, base: string): boolean {
    if (url.startsWith(`${base}/t/`)) return true;
    const token = /\/t\/c\/([\w-]{60,})$/.exec(url)?.[1];
    return token !== undefined && readTrackingToken(keyring, token).kind !== 'invalid';
  }
}
