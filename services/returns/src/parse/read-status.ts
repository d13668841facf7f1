import { classifyReply } from '@posthorn/mail';
import { addressOf } from './kinds/address.ts';
import { readDeliveryStatus, type StatusFields } from './kinds/delivery-status.ts';
import { decodeText, textOfHtml } from './mime/decode-text.ts';
import { fieldOf, type HeaderFields, subjectOf } from './mime/header-fields.ts';
import type { MimePart } from './mime/mime-part.ts';
import { cleanWords, replyOfWords } from './reply-of-words.ts';
import type { Action, AutoReplyReason, RecipientStatus, Report } from './report.ts';
import { chooseWords, type Said } from './text/choose-words.ts';
import { actionOfNotice } from './text/finality.ts';
import { type Notice, readNotice } from './text/notice.ts';
import { type NoticeWords, readNoticeWords } from './text/recipient-words.ts';
import { authorshipOf, tellsOfDelivery, tellsOfSuccess } from './text/server-notice.ts';

const statusType = /^message\/(?:x-?|global-)?delivery-status$/;

/**
 * Reads a report of delivery in one order, whoever wrote it: machine fields first, then the diagnostic code, then the
 * words beside the recipient. Returns undefined for what no mail server wrote.
 */
export function readStatus(
  root: MimePart,
  parts: readonly MimePart[],
  marked: AutoReplyReason | undefined,
): Report | undefined {
  const notice = readNotice(subjectOf(root.fields), firstText(root, parts));
  const groups = parts
    .filter(({ type }) => statusType.test(type))
    .flatMap((part) => readDeliveryStatus(decodeText(part)));
  const words = readNoticeWords(notice);
  const action = actionOfNotice(notice);
  const formal = groups.flatMap((group) => statusOfGroup(group, action, words) ?? []);
  if (formal.length > 0) return { kind: 'status', form: 'dsn', recipients: formal };
  if (!isNotice(root, notice, marked)) return undefined;
  return { kind: 'status', form: 'text', recipients: statusesOfText(words, action, root.fields) };
}

/** `marked` is how the message marks itself as an automatic answer, if it does. */
function isNotice(root: MimePart, notice: Notice, marked: AutoReplyReason | undefined): boolean {
  const authorship = authorshipOf(root, notice);
  if (authorship === 'perhaps') return marked === undefined && tellsOfDelivery(notice);
  if (authorship === 'other') return false;
  if (tellsOfDelivery(notice) || tellsOfSuccess(notice)) return true;
  // A server writes to the return path for nothing else, unless it answers for a person.
  return (marked === undefined || marked === 'auto-submitted') && notice.returnsMessage;
}

function statusOfGroup(
  { action, status, diagnostic, addresses, remoteMta }: StatusFields,
  actionOfText: Action,
  { recipients, general }: NoticeWords,
): RecipientStatus | undefined {
  if (action === undefined && addresses.length === 0) return undefined;
  const beside = recipients
    .filter(({ address }) => addresses.includes(address))
    .flatMap((recipient) => recipient.beside);
  const isNews = action !== undefined && action !== 'failed' && action !== 'delayed';
  const said = { diagnostic, beside, around: isNews ? [] : general };
  return toStatus({ action: action ?? actionOfText, status, addresses, remoteMta, said });
}

function statusesOfText(
  { recipients, general }: NoticeWords,
  action: Action,
  fields: HeaderFields,
): RecipientStatus[] {
  const known = new Set(recipients.map(({ address }) => address));
  const failed = fieldOf(fields, 'x-failed-recipients')
    .split(',')
    .map(addressOf)
    .filter((address) => address !== '' && !known.has(address));
  const named = [...recipients, ...failed.map((address) => ({ address, beside: [] }))];
  // What is said of nobody could be meant for any of several, so it must not blame one.
  const around = named.length > 1 ? general.filter((words) => !blamesAddress(words)) : general;
  const entries = named.map(({ address, beside }) => ({ addresses: [address], beside }));
  // For a recipient of ours whose address a forwarder replaced.
  const anybody = named.length === 1 ? [] : [{ addresses: [], beside: [] }];
  return [...entries, ...anybody].map(({ addresses, beside }) =>
    toStatus({
      ...{ action, status: undefined, addresses, remoteMta: undefined },
      said: { diagnostic: '', beside, around },
    }),
  );
}

function blamesAddress(words: string): boolean {
  const outcome = classifyReply(replyOfWords(cleanWords(words), undefined));
  return outcome.kind === 'bounced' && outcome.isAddressFault;
}

type Found = Readonly<{
  action: Action;
  status: string | undefined;
  addresses: readonly string[];
  remoteMta: string | undefined;
  said: Said;
}>;

function toStatus({ action, status, addresses, remoteMta, said }: Found): RecipientStatus {
  const diagnostic = chooseWords(said, status);
  const enhanced =
    status ??
    [diagnostic, ...said.beside].map((words) => replyOfWords(words, undefined).enhanced).find((code) => code);
  return {
    action,
    ...(enhanced !== undefined && { status: enhanced }),
    diagnostic,
    addresses,
    ...(remoteMta !== undefined && { remoteMta }),
  };
}

/** Returns the first text that is not empty, or that of a page where there is no plain text. */
function firstText(root: MimePart, parts: readonly MimePart[]): string {
  const plain = parts.filter(({ type }) => type === 'text/plain').map(decodeText);
  const found = plain.find((text) => text.trim() !== '');
  if (found !== undefined) return found;
  const page = parts.find(({ type }) => type === 'text/html');
  if (page) return textOfHtml(decodeText(page));
  // A report whose parts cannot be told apart is read as one text.
  return parts.length === 1 ? decodeText(root) : '';
}
