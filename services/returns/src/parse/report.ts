import type { ReturnItem } from '@posthorn/contracts';

/** What a message that came back says, before anything of it is believed. Only data that can cross a thread. */
export type Report =
  | Readonly<{
      kind: 'status';
      /** RFC 3464, or free text of a mail server. */
      form: 'dsn' | 'text';
      recipients: readonly RecipientStatus[];
    }>
  | Complaint
  | Readonly<{ kind: 'auto-reply'; reason: AutoReplyReason }>
  | Readonly<{ kind: 'unparsed'; reason: string }>;

export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

/** What was reported of one recipient (RFC 3464, section 2.3). */
export type RecipientStatus = Readonly<{
  action: Action;
  /** As the report gives it: `5.1.1`. */
  status?: string;
  /** The remote server's words, on one line, at most 1,000 characters; empty where there are none. */
  diagnostic: string;
  /** The addresses it names, original and final, in lower case. Never used but to choose among recipients of ours. */
  addresses: readonly string[];
  remoteMta?: string;
}>;

/** A complaint (RFC 5965) and what in it may prove that it is about mail of ours. */
export type Complaint = Readonly<{
  kind: 'complaint';
  feedbackType: string;
  userAgent?: string;
  /** Addresses that may be a return path we issued. */
  returnPaths: readonly string[];
  /** The ids that our own headers hold. */
  messages: readonly Readonly<{ statusId: string; accountId: number }>[];
  addresses: readonly string[];
  /** How many signatures it bears; verifying takes a look-up each. */
  signatures: number;
}>;

export type AutoReplyReason = 'auto-submitted' | 'vacation' | 'challenge' | 'disposition' | 'sender-not-null';

export type ReadTask = Pick<ReturnItem, 'raw' | 'mailFrom'>;
