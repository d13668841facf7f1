import type { AccountId, Attachment, EmailId, EmailVersion, JsonValue, StatusId } from '@posthorn/contracts';
import type { Mailbox } from '@posthorn/mail';

/** What a thread is given: versions, keys and accounts once for all sends of the task. Only data that can be cloned. */
export type RenderTask = Readonly<{
  versions: Readonly<Record<string, EmailVersion>>;
  keys: Readonly<Record<string, readonly SigningKey[]>>;
  accounts: Readonly<Record<string, AccountScope>>;
  sends: readonly RenderSend[];
}>;

/** A private key that signs for a domain, in PEM. */
export type SigningKey = Readonly<{
  domain: string;
  selector: string;
  algorithm: 'rsa-sha256' | 'ed25519-sha256';
  privateKeyPem: string;
}>;

/** What templates read as `{{ account.… }}`, and whether opens and clicks are tracked. */
export type AccountScope = Readonly<{
  properties: Readonly<Record<string, string>>;
  tracksOpens: boolean;
  tracksClicks: boolean;
}>;

export type RenderSend = Readonly<{
  statusId: StatusId;
  accountId: AccountId;
  emailId: EmailId;
  acceptedAtMs: number;
  /** Keys into the task's `versions` and `keys`. */
  versionKey: string;
  signWith: string;
  to: Mailbox;
  cc: readonly Mailbox[];
  /** Its name is null where the email's own from name is to be rendered. */
  from: Omit<Mailbox, 'name'> & { name: string | null };
  replyTo: readonly Mailbox[];
  contact: Readonly<Record<string, string>>;
  custom: Readonly<Record<string, JsonValue>>;
  attachments: readonly Attachment[];
  /** Base URL of its links and pixel, where that is not the installation's. */
  trackingUrl?: string;
  /** Whether somebody in Cc or Bcc gets the untracked rendition. */
  needsUntracked: boolean;
}>;

/** What became of one send, in the task's order. */
export type RenderedSend =
  | Readonly<{ kind: 'rendered'; subject: string; from: string; tracked: string; untracked?: string }>
  | Readonly<{ kind: 'missing'; properties: string[] }>
  /** The values do not fit the template; `reason` names none. */
  | Readonly<{ kind: 'failed'; reason: string }>
  | Readonly<{ kind: 'limit' }>
  /** The key cannot be read: such mail waits, and never leaves unsigned (row F53). */
  | Readonly<{ kind: 'key-unreadable' }>
  /** A bug: something threw. `reason` is for the log. */
  | Readonly<{ kind: 'threw'; reason: string }>;

export type ThreadData = Readonly<{ secret: string; trackingUrl: string }>;
