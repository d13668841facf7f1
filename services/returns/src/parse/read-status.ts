import { addressOf } from './kinds/address.ts';
import { readDeliveryStatus, type StatusFields } from './kinds/delivery-status.ts';
import { decodeText, textOfHtml } from './mime/decode-text.ts';
import { fieldOf, type HeaderFields, subjectOf } from './mime/header-fields.ts';
import type { MimePart } from './mime/mime-part.ts';
import { replyOfWords } from './reply-of-words.ts';
import type { Action, RecipientStatus, Report } from './report.ts';
import { chooseWords } from './text/choose-words.ts';
import { actionOfNotice } from './text/finality.ts';
import { type Notice, readNotice } from './text/notice.ts';
import { type NoticeWords, readNoticeWords } from './text/recipient-words.ts';
import { authorshipOf, tellsOfDelivery } from './text/server-notice.ts';

const statusTypes = ['message/delivery-status', 'message/global-delivery-status'];

/**
 * Reads a report of delivery in one order, whoever wrote it: machine fields first, then the diagnostic code, then the
 * words beside the recipient. Returns undefined for what no mail server wrote.
 */
export function readStatus(
  root: MimePart,
  parts: readonly MimePart[],
  { isMarkedAutoReply }: { isMarkedAutoReply: boolean },
): Report | undefined {
  const notice = readNotice(subjectOf(root.fields), firstText(root, parts));
  const groups = parts
    .filter(({ type }) => statusTypes.includes(type))
    .flatMap((part) => readDeliveryStatus(decodeText(part)));
  const words = readNoticeWords(notice);
  const action = actionOfNotice(notice);
  const formal = groups.flatMap((group) => statusOfGroup(group, action, words) ?? []);
  if (formal.length > 0) return { kind: 'status', form: 'dsn', recipients: formal };
  if (!isNotice(root, notice, isMarkedAutoReply)) return undefined;
  return { kind: 'status', form: 'text', recipients: statusesOfText(words, action, root.fields) };
}

function isNotice(root: MimePart, notice: Notice, isMarkedAutoReply: boolean): boolean {
  const authorship = authorshipOf(root, notice);
  if (authorship === 'other') return false;
  if (tellsOfDelivery(notice)) return authorship === 'server' || !isMarkedAutoReply;
  // A server writes to the null sender's path for nothing else, unless it answers for a person.
  return authorship === 'server' && !isMarkedAutoReply && notice.returnsMessage;
}

function statusOfGroup(
  { action, status, diagnostic, addresses, remoteMta }: StatusFields,
  actionOfText: Action,
  { recipients, general }: NoticeWords,
): RecipientStatus | undefined {
  if (action === undefined && addresses.length === 0) return undefined;
  const beside = recipients.filter(({ address }) => addresses.includes(address));
  const isNews = action !== undefined && action !== 'failed' && action !== 'delayed';
  const around = beside.length > 0 ? beside.flatMap(({ candidates }) => candidates) : general;
  return toStatus({
    action: action ?? actionOfText,
    status,
    addresses,
    remoteMta,
    diagnostic,
    candidates: isNews ? beside.flatMap(({ candidates }) => candidates) : around,
  });
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
  const named = recipients.map(({ address, candidates }) => ({ addresses: [address], candidates }));
  const others = failed.map((address) => ({ addresses: [address], candidates: general }));
  // For a recipient of ours whose address a forwarder replaced.
  const anybody = named.length + others.length === 1 ? [] : [{ addresses: [], candidates: general }];
  return [...named, ...others, ...anybody].map((entry) =>
    toStatus({ ...entry, action, status: undefined, remoteMta: undefined, diagnostic: '' }),
  );
}

type Found = Readonly<{
  action: Action;
  status: string | undefined;
  addresses: readonly string[];
  remoteMta: string | undefined;
  diagnostic: string;
  candidates: readonly string[];
}>;

function toStatus({ action, status, addresses, remoteMta, ...said }: Found): RecipientStatus {
  const diagnostic = chooseWords(said.diagnostic, said.candidates, status);
  const enhanced = status ?? replyOfWords(diagnostic, undefined).enhanced;
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
