import { domainToASCII } from 'node:url';
import { percent } from '../header/encoded-word.ts';
import { encodeHeaderText } from '../header/header-text.ts';
import { baseName, joinSections, type WrittenParameter, writtenParameters } from '../header/media-type.ts';
import { encodeParameter } from '../header/parameter.ts';
import { toSafeAddresses } from './address-field.ts';
import { type FieldKind, fieldKindOf } from './field-kind.ts';
import type { Field } from './fields.ts';
import { decodeEncodedWords, decodeHeaderBytes, isAsciiText } from './header-words.ts';
import { lineBytesMax } from './transfer-encoding.ts';
import { toSafeUrls } from './url-field.ts';

/** A longer value that is not ASCII is nothing a person wrote. */
const encodedMax = 16 * 1024;

/**
 * A field as it may leave: ASCII, no line longer than 998 bytes (RFC 5322, section 2.1.1), its addresses read by all readers
 * as by ours. One that is so already stays to the byte; else what it says stays, in the way its kind allows.
 *
 * A local part of an address has no ASCII form: it stays in UTF-8, and the mail needs SMTPUTF8 (RFC 6531).
 */
export function toSafeField(field: Field): string {
  const kind = fieldKindOf(field.name);
  const isGood = isAsciiText(field.text) && !(kind === 'address' && mayBeMisread(field.text));
  const text = isGood ? field.text : rewritten(field, kind);
  return hasLongLine(text) ? refold(kind, text) : text;
}

/** Whether a header has bytes that need SMTPUTF8. */
export function needsUtf8Header(header: string): boolean {
  return !isAsciiText(header);
}

/**
 * A comma behind something that is no address, or a source route: only then is a list worth reading, which costs more than
 * looking. The length of a quoted name is bounded, or many quotes that do not close would take for ever.
 */
function mayBeMisread(text: string): boolean {
  if (!text.includes('<')) return false;
  if (/<\s*@/.test(text)) return true;
  const bare = text.includes('"') ? text.replace(/"(?:[^"\\]|\\.){0,300}"/gs, '') : text;
  return bare
    .split(',')
    .slice(0, -1)
    .some((entry) => !entry.includes('@'));
}

function rewritten({ name, text }: Field, kind: FieldKind): string {
  const colon = text.indexOf(':') + 1;
  const label = text.slice(0, colon);
  const raw = text.slice(colon).replaceAll('\r\n', '').trim();
  const value = raw.length > encodedMax ? raw.replace(/[^\0-\x7f]/g, '?') : decodeHeaderBytes(raw);
  if (kind === 'text') return `${label} ${encodeHeaderText(decodeEncodedWords(value), label.length + 1)}`;
  if (kind === 'address') return rewrittenAddresses({ name, text }, { label, value });
  return `${label} ${writers[kind](value)}`.trimEnd();
}

/** To the byte where there was nothing to repair. */
function rewrittenAddresses(
  { name, text }: Field,
  { label, value }: { label: string; value: string },
): string {
  if (name === 'list-id') return `${label} ${toSafeAddresses(value.replace(/<([^<>]*)>/u, asciiListId))}`;
  const safe = toSafeAddresses(value);
  return safe === value && isAsciiText(text) ? text : `${label} ${toBytes(safe)}`;
}

function asciiListId(_: string, id: string): string {
  return `<${isAsciiText(id) ? id : domainToASCII(id) || encodePercent(id)}>`;
}

const writers: Readonly<Record<'parameters' | 'url' | 'id' | 'date' | 'token', (value: string) => string>> = {
  parameters: encodeParameters,
  url: toSafeUrls,
  // One id is written one way, so that References still name the Message-ID they mean.
  id: encodePercent,
  date: encodeDate,
  token: withoutOthers,
};

/** Only a comment may hold words (`(Mitteleuropäische Zeit)`); a date with others is none, and nothing is left of it. */
function encodeDate(value: string): string {
  const date = value.replace(/\([^()]*\)/g, (comment) => (isAsciiText(comment) ? comment : '')).trim();
  return isAsciiText(date) ? date : '';
}

function encodePercent(text: string): string {
  return text.replace(/[^\0-\x7f]+/gu, (part) => percent(part, '%'));
}

function toBytes(text: string): string {
  return isAsciiText(text) ? text : Buffer.from(text).toString('latin1');
}

function withoutOthers(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, '?');
}

/** Values beyond ASCII, and such that no line can hold, in the form of RFC 2231; what came in sections is joined first. */
function encodeParameters(value: string): string {
  const parameters = writtenParameters(value);
  const sections = new Map(parameters.map(({ name, value: text }) => [name, toBytes(text)]));
  const unsafe = new Set(parameters.filter(isUnsafe).map(({ name }) => baseName(name)));
  const done = new Set<string>();
  let written = '';
  let at = 0;
  for (const { name, value: given, start, end } of parameters) {
    const base = baseName(name);
    if (!unsafe.has(base)) continue;
    written += value.slice(at, start);
    if (!done.has(base))
      written += encodedParameter(base, name === base ? given : joinSections(sections, base));
    done.add(base);
    at = end;
  }
  return withoutOthers(written + value.slice(at));
}

function isUnsafe({ value }: WrittenParameter): boolean {
  return !isAsciiText(value) || value.length > foldAt;
}

function encodedParameter(name: string, text: string): string {
  return encodeParameter(name, text)
    .map((piece) => `;\r\n ${piece}`)
    .join('');
}

function hasLongLine(text: string): boolean {
  return text.length > lineBytesMax && text.split('\r\n').some((line) => line.length > lineBytesMax);
}

/** Folds the value; a single word that is longer than a line becomes encoded words where it is text. */
function refold(kind: FieldKind, text: string): string {
  const label = text.slice(0, text.indexOf(':') + 1);
  const value = text.slice(label.length);
  const line = value.replaceAll('\r\n', '').trim();
  const isFoldable = kind !== 'text' || value.split(/\r\n|(?= )/).every((word) => word.length < foldAt);
  const whole = kind === 'parameters' ? ` ${encodeParameters(line)}` : value;
  if (isFoldable) return label + whole.split('\r\n').map(foldLine).join('\r\n');
  return `${label} ${encodeHeaderText(decodeEncodedWords(decodeHeaderBytes(line)), label.length + 1)}`;
}

/** Far enough from the limit that a name of 100 characters fits in front. */
const foldAt = 850;

/** Before a blank that has text in front of it, else behind a comma, else anywhere; a blank then follows. */
function foldLine(line: string): string {
  const lines: string[] = [];
  let start = 0;
  while (line.length - start > foldAt) {
    const blank = line.lastIndexOf(' ', start + foldAt);
    const isUsable = blank > start && line.slice(start, blank).trim() !== '';
    const end = isUsable ? blank : line.lastIndexOf(',', start + foldAt) + 1;
    const cut = end > start ? end : start + foldAt;
    lines.push(line.slice(start, cut));
    start = cut;
  }
  lines.push(line.slice(start));
  return lines.map((part, index) => (index === 0 || part.startsWith(' ') ? part : ` ${part}`)).join('\r\n');
}
