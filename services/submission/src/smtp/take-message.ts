import type { ByteBudget } from '@posthorn/runtime';
import { type Clock, type Logger, type Progress, withSpan } from '@posthorn/runtime';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { AcceptMessage } from '../accept-message.ts';
import { receiveMessage } from '../message/receive-message.ts';
import { countMessages, recordAcceptance } from '../telemetry.ts';
import type { ClientSession } from './client-session.ts';
import type { SmtpRefusal } from './smtp-refusal.ts';

export type TakeMessageDeps = Readonly<{
  accept: AcceptMessage;
  budget: ByteBudget;
  /** Lets few large messages at once be posted: each is in memory several times over then. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  progress: Progress;
  clock: Clock;
  log: Logger;
}>;

/** What the client is answered. */
export type Reply = Readonly<{ refusal: SmtpRefusal }> | Readonly<{ text: string }>;

const largeBytesMin = 256 * 1024;

/** Makes the handler of DATA: reads the message, has it accepted, and says as what. */
export function createTakeMessage({ accept, budget, inTurn, progress, clock, log }: TakeMessageDeps) {
  async function take(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    client: ClientSession,
  ): Promise<Reply> {
    const received = await receiveMessage(stream, { budget, declaredBytes: declaredBytesOf(session) });
    if (received.kind === 'refused') return received;
    using message = received;
    const { token, recipients, dedupesMessageId } = client;
    const beganAtMs = clock.monotonicMs();
    const isUtf8 = session.envelope.smtpUtf8 === true;
    const submitted = { raw: message.raw, token, recipients, dedupesMessageId, isUtf8 };
    const work = () => progress.watch(() => accept(submitted));
    const accepted = await (message.raw.length < largeBytesMin ? work() : inTurn(work));
    recordAcceptance(clock.monotonicMs() - beganAtMs);
    if (accepted.kind === 'refused') return accepted;
    log.debug({ statusId: accepted.statusId, accountId: token.accountId }, 'message accepted');
    return { text: `2.0.0 Ok: accepted as ${accepted.statusId}` };
  }

  return (stream: SMTPServerDataStream, session: SMTPServerSession, client: ClientSession): Promise<Reply> =>
    withSpan('submit message', { kind: 'SERVER', attributes: attributesOf(client) }, async (span) => {
      const reply = await take(stream, session, client);
      const code = 'refusal' in reply ? reply.refusal.responseCode : 250;
      span.setAttribute('smtp.reply_code', code);
      countMessages(1, { code });
      return reply;
    });
}
export type TakeMessage = ReturnType<typeof createTakeMessage>;

function attributesOf({ token, recipients }: ClientSession) {
  return { 'posthorn.account_id': token.accountId, 'posthorn.recipients': recipients.length };
}

function declaredBytesOf({ envelope: { mailFrom } }: SMTPServerSession): number | undefined {
  if (mailFrom === false || mailFrom.args === false) return undefined;
  const size = mailFrom.args['SIZE'];
  return typeof size === 'string' ? Number(size) : undefined;
}
