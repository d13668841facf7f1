import { submissionRecipientsMax } from '@posthorn/contracts';
import { addressKeyOf, isRoleAddress, type Mailbox, parseMailbox } from '@posthorn/mail';
import { type Clock, isFault } from '@posthorn/runtime';
import type { SMTPServerAddress } from 'smtp-server';
import { isExpired } from '../auth/check-login.ts';
import type { TokenBook } from '../auth/token-book.ts';
import type { ClientSession } from './client-session.ts';
import { refusals, type SmtpRefusal } from './smtp-refusal.ts';

/** What of an account decides about its mail; `find` throws `Fault('unavailable')` where it is not known and cannot be asked. */
export type AccountFinder = Readonly<{
  find: (accountId: number) => Promise<Readonly<{ isSuspended: boolean; dedupesMessageId: boolean }> | null>;
}>;

export type JudgeSenderDeps = Readonly<{ book: TokenBook; accounts: AccountFinder; clock: Clock }>;

const senderParameters: ReadonlySet<string> = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'AUTH']);

/**
 * Makes the check of MAIL: the login still holds, and the account may send. The address itself decides nothing: bounces
 * go to a return path of ours, and who may send is asked of the From field.
 */
export function createJudgeSender({ book, accounts, clock }: JudgeSenderDeps) {
  async function judgeClient(client: ClientSession): Promise<SmtpRefusal | null> {
    const token = await book.find(client.token.id);
    const isSame = token?.generation === client.token.generation;
    if (!token || !isSame || isExpired(token, clock.nowMs())) return refusals.loginEnded();
    const account = await accounts.find(token.accountId);
    if (!account || account.isSuspended) return refusals.suspended();
    client.dedupesMessageId = account.dedupesMessageId;
    client.recipients = [];
    return null;
  }

  return async ({ address, args }: SMTPServerAddress, client: ClientSession): Promise<SmtpRefusal | null> => {
    const parameters = args || {};
    if (Object.keys(parameters).some((name) => !senderParameters.has(name)))
      return refusals.unknownParameter();
    if (isNotAscii(address) && parameters['SMTPUTF8'] !== true) return refusals.needsSmtpUtf8();
    try {
      return await judgeClient(client);
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      return refusals.cannotStore();
    }
  };
}
export type JudgeSender = ReturnType<typeof createJudgeSender>;

/** Checks a recipient as the HTTP API checks a To address, and notes it; a repeated one changes nothing. */
export function judgeRecipient(
  { address, args }: SMTPServerAddress,
  client: ClientSession,
  { isUtf8 }: { isUtf8: boolean },
): SmtpRefusal | null {
  if (args && Object.keys(args).length > 0) return refusals.unknownParameter();
  if (isNotAscii(address) && !isUtf8) return refusals.needsSmtpUtf8();
  const parsed = parseMailbox(address);
  if (parsed.kind === 'invalid') return refusals.recipientSyntax();
  const { mailbox } = parsed;
  if (isRoleAddress(mailbox)) return refusals.roleAddress();
  return note(mailbox, client);
}

function note(mailbox: Mailbox, { recipients }: ClientSession): SmtpRefusal | null {
  const key = addressKeyOf(mailbox);
  if (recipients.some((other) => addressKeyOf(other) === key)) return null;
  if (recipients.length >= submissionRecipientsMax) return refusals.tooManyRecipients();
  recipients.push(mailbox);
  return null;
}

const isNotAscii = (address: string) => !/^[ -~]*$/.test(address);
