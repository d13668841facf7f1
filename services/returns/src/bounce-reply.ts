import {
  type BounceCategory,
  classifyReply,
  isHardCategory,
  type ReplyClass,
  type SmtpReply,
} from '@posthorn/mail';
import { replyOfWords } from './parse/reply-of-words.ts';
import type { RecipientStatus } from './parse/report.ts';

export type BounceReply = Readonly<{
  category: BounceCategory;
  /** What the words mean. It decides whether the address is suppressed. */
  class: ReplyClass;
  /** Refused for good: neither tried for too long nor, as with a full mailbox, good again one day. */
  hard: boolean;
  /** The words of the report, or its status where it has none. */
  response: string;
  status: string;
}>;

/** Returns what a reported failure amounts to, classified as the same words from a server's own mouth would be. */
export function bounceReplyOf({ diagnostic, status }: RecipientStatus): BounceReply {
  const reply = replyOfWords(diagnostic, status);
  const outcome = classifyReply(reply);
  const category = outcome.kind === 'delivered' ? 'UNCATEGORIZED' : outcome.category;
  const shown = statusOf(reply, diagnostic);
  return {
    category,
    class: outcome.kind === 'delivered' ? 'unclassified' : outcome.class,
    hard: (reply.code ?? 550) >= 500 && isHardCategory(category),
    response: diagnostic === '' ? shown : diagnostic,
    status: shown,
  };
}

/** Returns the most telling code of a report. Words without any code say no more than "failed for good". */
function statusOf({ enhanced, code }: SmtpReply, diagnostic: string): string {
  if (enhanced !== undefined) return enhanced;
  return /^[45]\d\d\b/.test(diagnostic) ? String(code) : '5.0.0';
}
