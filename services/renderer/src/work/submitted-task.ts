import type { AccountId, EmailId, StatusId } from '@posthorn/contracts';
import type { SigningKey } from './render-task.ts';

/** What a thread is given of submitted messages. Only data that can be cloned. */
export type SubmittedTask = Readonly<{
  keys: Readonly<Record<string, readonly SigningKey[]>>;
  messages: readonly MessageToWrite[];
}>;

/** A finished message and the copies to be written of it. */
export type MessageToWrite = Readonly<{
  raw: string;
  /** Its first send's: the Message-ID of a message without one, the same in every copy. */
  id: StatusId;
  accountId: AccountId;
  emailId: EmailId;
  acceptedAtMs: number;
  fromDomain: string;
  /** Key into the task's `keys`. */
  signWith: string;
  /** Base URL of its links and pixel, where that is not the installation's. */
  trackingUrl?: string;
  tracksOpens: boolean;
  tracksClicks: boolean;
  /** Only its header is changed, since to read it whole took too long. */
  isHeaderOnly: boolean;
  copies: readonly Readonly<{ statusId: StatusId; isTracked: boolean }>[];
}>;

/** What became of one message, in the task's order; `renditions` in the order of its copies. */
export type WrittenMessage =
  | Readonly<{ kind: 'written'; renditions: readonly string[]; needsSmtpUtf8: boolean }>
  /** The key cannot be read: such mail waits, and never leaves unsigned (row F53). */
  | Readonly<{ kind: 'key-unreadable' }>
  /** A bug: something threw. `reason` is for the log. */
  | Readonly<{ kind: 'threw'; reason: string }>;
