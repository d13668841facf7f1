import { domainToASCII } from 'node:url';
import { encodeWords } from '../header/encoded-word.ts';
import { encodeHeaderText } from '../header/header-text.ts';
import { encodeParameter } from '../header/parameter.ts';
import type { Field } from './fields.ts';
import { decodeHeaderBytes, decodeHeaderText } from './header-words.ts';
import { lineBytesMax } from './transfer-encoding.ts';

const addressNames =
  /^(?:resent-)?(?:from|to|cc|reply-to|sender)$|^(?:disposition-notification-to|return-receipt-to|errors-to)$/;
const parameterNames = /^content-(?:type|disposition)$/;
/** A longer value that is not ASCII is nothing a person wrote. */
const encodedMax = 16 * 1024;

/** Ids, dates and traces: what is not ASCII in them means nothing to anybody. */
const strictNames =
  /^(?:message-id|in-reply-to|references|date|received|mime-version|content-transfer-encoding)$/;

/**
 * A field as it may leave: ASCII, no line longer than 998 bytes (RFC 5322, section 2.1.1). One that is so already stays
 * to the byte; else what it says stays: text becomes encoded words (RFC 2047), parameters the form of RFC 2231.
 *
 * A local part of an address has no such form: it stays in UTF-8, and the mail needs SMTPUTF8 (RFC 6531).
 */
export function toSafeField(field: Field): string {
  const text = isAsciiText(field.text) ? field.text : toAscii(field);
  return hasLongLine(text) ? refold(field.name, text) : text;
}

/** Whether a header has bytes that need SMTPUTF8. */
export function needsUtf8Header(header: string): boolean {
  return !isAsciiText(header);
}

function isAsciiText(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

function toAscii({ name, text }: Field): string {
  const colon = text.indexOf(':') + 1;
  const label = text.slice(0, colon);
  const value = text.slice(colon).replaceAll('\r\n', '').trim();
  if (strictNames.test(name) || value.length > encodedMax)
    return `${label} ${value.replace(/[^\0-\x7f]/g, '?')}`;
  if (addressNames.test(name)) return `${label} ${toBytes(encodeAddresses(decodeHeaderBytes(value)))}`;
  if (parameterNames.test(name)) return `${label} ${encodeParameters(decodeHeaderBytes(value))}`;
  return `${label} ${encodeHeaderText(decodeHeaderText(value), label.length + 1)}`;
}

/**
 * Quoted names, comments and bare phrases become encoded words; of an address the domain becomes A-labels. A quoted name
 * has a longest length, or many quotes that do not close would take for ever.
 */
function encodeAddresses(list: string): string {
  return list.replace(/"(?:[^"\\]|\\.){0,300}"|<[^<>]*>|\([^()]*\)|[^"<>,;:()]+/gsu, (token) => {
    if (/^[\0-\x7f]*$/.test(token)) return token;
    if (token.startsWith('"')) return encodePhrase(token.slice(1, -1).replace(/\\(.)/gsu, '$1'));
    if (token.startsWith('(')) return `(${encodePhrase(token.slice(1, -1))})`;
    return token.includes('@') ? encodeDomain(token) : encodePhrase(token);
  });
}

function encodePhrase(text: string): string {
  const core = text.trim();
  if (core === '') return text;
  const [before = '', after = ''] = text.split(core);
  return `${before}${encodeWords(decodeHeaderText(core), 40)}${after}`;
}

function encodeDomain(token: string): string {
  const [, local = '', domain = '', end = ''] = /^(.*@)([^>\s]*)(.*)$/su.exec(token) ?? [];
  return `${local}${domainToASCII(domain) || domain}${end}`;
}

function encodeParameters(value: string): string {
  return value
    .replace(
      /;\s*([!#$%&'*+.^_`{|}~\w-]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.){0,1000})"|([^\s;"]*))/gsu,
      (whole, name: string, quoted: string | undefined, bare: string | undefined) => {
        const text = quoted?.replace(/\\(.)/gsu, '$1') ?? bare ?? '';
        if (/^[\0-\x7f]*$/.test(text)) return whole;
        return encodeParameter(name, text)
          .map((piece) => `;\r\n ${piece}`)
          .join('');
      },
    )
    .replace(/[^\0-\x7f]/gu, '?');
}

function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function hasLongLine(text: string): boolean {
  return text.length > lineBytesMax && text.split('\r\n').some((line) => line.length > lineBytesMax);
}

/** Folds at blanks, else behind commas; a single word that is longer becomes encoded words where it is text. */
function refold(name: string, text: string): string {
  const folded = text
    .split('\r\n')
    .map((line) => foldLine(line))
    .join('\r\n');
  if (!hasLongLine(folded) || strictNames.test(name) || parameterNames.test(name)) return folded;
  const label = text.slice(0, text.indexOf(':') + 1);
  const value = text.slice(label.length).replaceAll('\r\n', '').trim();
  return addressNames.test(name)
    ? folded
    : `${label} ${encodeHeaderText(decodeHeaderText(value), label.length + 1)}`;
}

const foldAt = 900;

/** Before a blank that has text in front of it, else behind a comma, which a blank then follows. */
function foldLine(line: string): string {
  const lines: string[] = [];
  let start = 0;
  while (line.length - start > lineBytesMax) {
    const blank = line.lastIndexOf(' ', start + foldAt);
    const isUsable = blank > start && line.slice(start, blank).trim() !== '';
    const end = isUsable ? blank : line.lastIndexOf(',', start + foldAt) + 1;
    if (end <= start) break;
    lines.push(line.slice(start, end));
    start = end;
  }
  lines.push(line.slice(start));
  return lines.map((part, index) => (index === 0 || part.startsWith(' ') ? part : ` ${part}`)).join('\r\n');
}
