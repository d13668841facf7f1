import type { Mailbox } from '@posthorn/mail';
import type { StoredSmtpToken } from '@posthorn/store';

/** What is known of a client that logged in. */
export type ClientSession = {
  token: StoredSmtpToken;
  /** Whether the account wants a Message-ID to be accepted once; looked up at each MAIL. */
  dedupesMessageId: boolean;
  /** Of the message under way, parsed, in the order of the envelope. */
  recipients: Mailbox[];
};
