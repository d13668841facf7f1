import {
  type BounceCategory,
  categorizeReply,
  isHardCategory,
  parseReply,
  type SmtpReply,
} from '@posthorn/mail';
import type { RecipientStatus } from './parse/report.ts';

export type BounceReply = Readonly<{
  category: BounceCategory;
  /** Refused for good: neither tried for too long nor, as with a full mailbox, good again one day. */
  hard: boolean;
  response: string;
  status: string;
}>;

/**
 * What a reported failure amounts to, classified as the same words from a server's own mouth would be. The remote
 * server's reply counts before the reporter's status, since that is often only `5.0.0`.
 */
export function bounceReplyOf(reported: RecipientStatus): BounceReply {
  const reply = parseReply(replyTextOf(reported));
  const category = categorizeReply(reply);
  return {
    category,
    hard: (reply.code ?? 550) >= 500 && isHardCategory(category),
    response: reply.text,
    status: statusOf(reply, reported),
  };
}

/** The reported words as one reply, with a code and, where one is known, an enhanced code. */
export function replyTextOf({ diagnostic, status = '' }: RecipientStatus): string {
  const match = /^([245]\d\d)([ -].*)?$/s.exec(diagnostic);
  if (!match)
    return `${status.startsWith('4') ? '450' : '550'} ${status} ${diagnostic}`.replace(/ +/g, ' ').trim();
  const [, code = '', words = ''] = match;
  const isCoded = status === '' || parseReply(diagnostic).enhanced !== undefined;
  return isCoded ? diagnostic : `${code} ${status} ${words.slice(1)}`;
}

function statusOf({ enhanced, code }: SmtpReply, { status }: RecipientStatus): string {
  return enhanced ?? status ?? String(code ?? 550);
}
