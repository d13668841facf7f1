import { broken, type Outcome, outcomeOfReply, refused } from '../outcome.ts';
import type { SendError, Transaction } from './conversation.ts';

/**
 * Gives every recipient of a transaction its outcome (row F20): those the peer refused at RCPT their own, all others
 * that of the message.
 */
export function judgeTransaction(transaction: Transaction): ReadonlyMap<string, Outcome> {
  const rest = judgeMessage(transaction);
  const outcomes = new Map(transaction.recipients.map((recipient) => [recipient, rest]));
  if (isSenderRefused(transaction)) return outcomes;
  for (const { recipient, response } of transaction.envelope.rejectedErrors ?? []) {
    if (recipient !== undefined && response !== undefined) outcomes.set(recipient, outcomeOfReply(response));
  }
  return outcomes;
}

/** With PIPELINING each RCPT behind a refused MAIL is refused too, as a command out of order: that is no verdict on it. */
function isSenderRefused({ ending }: Transaction): boolean {
  return ending.kind === 'failed' && ending.error.command === 'MAIL FROM';
}

function judgeMessage(transaction: Transaction): Outcome {
  const { ending, hasEnded } = transaction;
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
      // A yes before the question was complete is no yes: the message was never whole (row F29).
      return hasEnded
        ? outcomeOfReply(ending.response)
        : broken('4.5.0', 'TEMPORARY_PROBLEM', 'answered too early');
    case 'failed':
      return judgeFailure(ending.error, transaction);
  }
}

function judgeFailure(error: SendError, { hasStarted, hasEnded }: Transaction): Outcome {
  const isReply = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  if (isReply && error.response) return outcomeOfReply(error.response);
  if (!hasStarted && error.code === 'EMESSAGE') {
    return refused('5.3.4', 'POLICY', 'the message is larger than the receiving server takes');
  }
  if (!hasStarted && error.code === 'EENVELOPE') {
    return refused('5.1.3', 'UNKNOWN_USER', 'the address cannot be used in an SMTP envelope');
  }
  // 421, or a refusal cut off by the end of the connection: no yes, and not enough of a no to give up on.
  if (error.responseCode) return deferredBy(error.response ?? '');
  if (hasEnded) return ambiguous;
  const isTimeout = error.code === 'ETIMEDOUT';
  return broken(
    '4.4.2',
    isTimeout ? 'TIMEOUT' : 'TEMPORARY_PROBLEM',
    `the connection broke: ${error.code ?? ''}`,
  );
}

function deferredBy(response: string): Outcome {
  const outcome = outcomeOfReply(response);
  const { status = '4.3.2' } = outcome;
  return outcome.kind === 'deferred'
    ? { ...outcome, scope: 'site' }
    : broken(status, 'TEMPORARY_PROBLEM', response);
}

const ambiguous: Outcome = { kind: 'ambiguous', status: '4.4.2', response: 'no reply after the final dot' };
