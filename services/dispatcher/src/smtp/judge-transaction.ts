import { broken, type Outcome, outcomeOfReply, refused } from '../outcome.ts';
import type { Ending, Transaction } from './conversation.ts';

/**
 * Gives every recipient of a transaction its outcome (row F20): those the peer refused at RCPT their own, all others
 * that of the message.
 */
export function judgeTransaction(transaction: Transaction): ReadonlyMap<string, Outcome> {
  const rest = judgeMessage(transaction);
  const outcomes = new Map(transaction.recipients.map((recipient) => [recipient, rest]));
  for (const [recipient, response] of transaction.refusals) outcomes.set(recipient, outcomeOfReply(response));
  return outcomes;
}

function judgeMessage({ ending, hasEnded }: Transaction): Outcome {
  switch (ending.kind) {
    case 'withheld':
      return {
        kind: 'withheld',
        reason: ending.reason,
        response: `stopped before the final dot: ${ending.reason}`,
      };
    case 'timeout':
      return hasEnded ? ambiguous : broken('4.4.2', 'TIMEOUT', `no answer in time: ${ending.phase}`);
    case 'replied':
      return judgeReplied(ending, hasEnded);
    case 'broken':
      return judgeBroken(ending, hasEnded);
    case 'unsendable':
      return ending.reason === 'size'
        ? refused('5.3.4', 'POLICY', 'the message is larger than the receiving server takes')
        : refused('5.1.3', 'UNKNOWN_USER', 'the address cannot be used in an SMTP envelope');
  }
}

function judgeReplied({ to, response }: Extract<Ending, { kind: 'replied' }>, hasEnded: boolean): Outcome {
  const outcome = outcomeOfReply(response);
  // A yes before the question was complete is no yes: the message was never whole (row F29).
  const isEarly = to !== 'dot' || !hasEnded;
  return outcome.kind === 'delivered' && isEarly
    ? broken('4.5.0', 'TEMPORARY_PROBLEM', 'answered too early')
    : outcome;
}

function judgeBroken({ code, rest }: Extract<Ending, { kind: 'broken' }>, hasEnded: boolean): Outcome {
  // A refusal cut off by the end of the connection: no yes, and not enough of a no to give up on.
  if (/^[45]\d\d/.test(rest)) return deferredBy(rest);
  if (hasEnded) return ambiguous;
  const category = code === 'ETIMEDOUT' ? 'TIMEOUT' : 'TEMPORARY_PROBLEM';
  return broken('4.4.2', category, `the connection broke: ${code}`);
}

function deferredBy(response: string): Outcome {
  const outcome = outcomeOfReply(response);
  const { status = '4.3.2' } = outcome;
  return outcome.kind === 'deferred'
    ? { ...outcome, scope: 'site' }
    : broken(status, 'TEMPORARY_PROBLEM', response);
}

const ambiguous: Outcome = { kind: 'ambiguous', status: '4.4.2', response: 'no reply after the final dot' };
