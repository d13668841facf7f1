import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { WithheldReason } from '../outcome.ts';
import { GuardedMessage } from './guarded-message.ts';
import type { MayEnd, OutboundMessage } from './outbound-message.ts';
import { createPhaseTimer, type SmtpTimeouts } from './smtp-timeouts.ts';
import type { Transcript } from './transcript.ts';

export type SendError = SMTPConnection.SMTPError;

/** The envelope as SMTPConnection leaves it behind, also when the message failed. */
export type TrackedEnvelope = SMTPConnection.Envelope & {
  accepted?: string[];
  rejectedErrors?: SendError[];
};

/** How one mail transaction went, before anybody judges it. */
export type Transaction = Readonly<{
  recipients: readonly string[];
  envelope: TrackedEnvelope;
  /** Whether the peer asked for the message, and whether the final dot was let go. */
  hasStarted: boolean;
  hasEnded: boolean;
  ending:
    | Readonly<{ kind: 'replied'; response: string }>
    | Readonly<{ kind: 'failed'; error: SendError }>
    | Readonly<{ kind: 'timeout'; phase: string }>
    | Readonly<{ kind: 'withheld'; reason: WithheldReason }>;
}>;

export type ConversationOptions = Readonly<{
  timeouts: SmtpTimeouts;
  mayEnd: MayEnd;
  /** Aborted when the service must end soon: breaks off what has not reached its final dot. */
  stopping: AbortSignal;
  /** Gets what is said, and what else happened. */
  transcript?: Transcript | undefined;
}>;

/**
 * Sends one message over an open connection. Never rejects; a transaction that did not end with the peer's reply leaves
 * the connection closed.
 */
export async function converse(
  connection: SMTPConnection,
  message: OutboundMessage,
  { timeouts, mayEnd, stopping, transcript }: ConversationOptions,
): Promise<Transaction> {
  const { promise, resolve } = Promise.withResolvers<Transaction['ending']>();
  let withheld: WithheldReason = 'mark-failed';

  const guarded = new GuardedMessage({
    rendition: message.rendition,
    onProgress: () => timer.start('block', timeouts.blockMs),
    async mayEnd() {
      const answer = await mayEnd(envelope.accepted ?? []);
      if (answer !== 'go') withheld = answer;
      else {
        timer.start('final dot', timeouts.finalDotMs, false);
        transcript?.note('us', `(${guarded.sizeBytes} bytes and the final dot)`);
      }
      return answer === 'go';
    },
  });
  const envelope = envelopeOf(message, guarded.sizeBytes);
  using timer = createPhaseTimer(timeouts.sessionMs, (phase) => resolve({ kind: 'timeout', phase }));
  const stop = () => {
    if (!guarded.hasEnded) resolve({ kind: 'withheld', reason: 'stopping' });
  };

  stopping.addEventListener('abort', stop);
  timer.start('envelope', timeouts.commandMs + timeouts.dataMs);
  connection.send(envelope, guarded, (error, info) => {
    if (error && isWithheld(error, guarded)) resolve({ kind: 'withheld', reason: withheld });
    else resolve(error ? { kind: 'failed', error } : { kind: 'replied', response: info?.response ?? '' });
  });
  const ending = await promise;
  stopping.removeEventListener('abort', stop);

  const { hasStarted, hasEnded } = guarded;
  const isReply = ending.kind === 'replied' || (ending.kind === 'failed' && isRefusal(ending.error));
  if (!isReply || (hasStarted && !hasEnded)) connection.close();
  const end = hasStarted && !hasEnded ? `, ${guarded.sentBytes} of ${guarded.sizeBytes} bytes sent` : '';
  if (!isReply) transcript?.note('us', `(${reasonOf(ending)}${end})`);
  return { recipients: message.recipients, envelope, hasStarted, hasEnded, ending };
}

/** Whether the peer answered, with a refusal, so that the session goes on. */
export function isRefusal(error: SendError): boolean {
  return (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && error.responseCode !== 421;
}

/** Why a transaction ended without a word of the peer's. */
function reasonOf(ending: Transaction['ending']): string {
  switch (ending.kind) {
    case 'withheld':
      return `stopped before the final dot: ${ending.reason}`;
    case 'timeout':
      return `no answer in time: ${ending.phase}`;
    case 'failed':
      return `the connection ended: ${ending.error.code ?? 'unknown'}`;
    case 'replied':
      return 'answered';
  }
}

function isWithheld(error: SendError, guarded: GuardedMessage): boolean {
  return error.code === 'ESTREAM' && guarded.hasStarted && !guarded.hasEnded;
}

function envelopeOf({ from, recipients, smtpUtf8 }: OutboundMessage, sizeBytes: number): TrackedEnvelope {
  return { from: from || false, to: [...recipients], size: sizeBytes, use8BitMime: smtpUtf8 };
}
