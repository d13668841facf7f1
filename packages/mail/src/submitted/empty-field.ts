import { fieldKindOf } from './field-kind.ts';
import { type Field, fieldValue } from './fields.ts';

/**
 * Tells whether a field that must hold something holds nothing: `To:`, `Cc: ,`, `Message-ID: <>`. Such a field is left out (RFC
 * 6409, section 8), since receivers refuse it; a text such as Subject may be empty.
 */
export function isEmptyField(field: Field): boolean {
  const kind = fieldKindOf(field.name);
  if (kind === 'text' || kind === 'token' || kind === 'parameters' || field.name === 'from') return false;
  const value = fieldValue(field);
  // Nothing is that short but nothing; to take a longer value apart would cost time for each field of each message.
  if (value.length > shortMax) return false;
  const content = value.replace(/\([^()]*\)/g, '');
  return kind === 'address' ? /^[\s,;<>"]*$/.test(content) : /^[\s,;<>"@]*$/.test(content);
}

const shortMax = 40;

/**
 * Tells whether a Message-ID names a message, in angle brackets or bare: something on both sides of an at sign. Gmail refuses
 * mail without one, and two messages without one are not the same message.
 */
export function isMessageId(value: string): boolean {
  if (value.length > idLengthMax) return false;
  const id = /<([^<>]*)>/.exec(value)?.[1] ?? (bareId.test(value) ? value : '');
  const at = id.lastIndexOf('@');
  return id.slice(0, Math.max(0, at)).trim() !== '' && id.slice(at + 1).trim() !== '';
}

const idLengthMax = 990;
const bareId = /^[^\s<>]+$/;

/** A Message-ID as it may leave: with the brackets it lacks, or empty where it names nothing (RFC 5322, section 3.6.4). */
export function repairedId(field: Field): Field {
  if (field.name !== 'message-id') return field;
  const value = fieldValue(field);
  if (!isMessageId(value)) return { name: field.name, text: 'Message-ID:' };
  return bareId.test(value) ? { name: field.name, text: `Message-ID: <${value}>` } : field;
}
