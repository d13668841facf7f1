import { isUtf8 } from 'node:buffer';
import { decodeBytes } from '../header/decode-bytes.ts';

const encodedWord = /=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?]{0,2000})\?=/gi;
const betweenWords = /(\?=)\s+(?==\?[\w.:+*-]{1,60}\?[bq]\?)/gi;
/** Content with blanks is against the rules (RFC 2047, section 2), and readers take it all the same. */
const wordsInARow = /(?:=\?[^?\s]{1,60}\?[bq]\?[^?]{0,2000}\?=)+/gi;

export function isAsciiText(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** The characters of raw header bytes (a character a byte): UTF-8 where they are (RFC 6532), else Windows-1252. */
export function decodeHeaderBytes(bytes: string): string {
  if (isAsciiText(bytes)) return bytes;
  return decodeBytes(bytes, isUtf8(Buffer.from(bytes, 'latin1')) ? 'utf-8' : 'windows-1252');
}

/** Unstructured header text as a reader sees it: raw bytes and encoded words decoded (RFC 2047). Never throws. */
export function decodeHeaderText(bytes: string): string {
  return decodeEncodedWords(decodeHeaderBytes(bytes));
}

/** Decodes the encoded words (RFC 2047) in text of characters. Never throws. */
export function decodeEncodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  return text.replace(betweenWords, '$1').replace(wordsInARow, decodeRun);
}

/**
 * Words of one charset in a row are joined before they are decoded: some writers cut characters in two, and a charset with
 * states (ISO-2022-JP) may go on in the next word in the state of this one.
 */
function decodeRun(run: string): string {
  let text = '';
  let pending = { charset: '', bytes: '' };
  const flush = (): void => {
    text += pending.bytes === '' ? '' : decodeBytes(pending.bytes, pending.charset);
  };
  for (const [, charset = '', kind = '', content = ''] of run.matchAll(encodedWord)) {
    const bytes =
      kind.toLowerCase() === 'b' ? Buffer.from(content, 'base64').toString('latin1') : decodeQ(content);
    const label = charset.toLowerCase();
    if (label !== pending.charset) {
      flush();
      pending = { charset: label, bytes: '' };
    }
    pending.bytes += bytes;
  }
  flush();
  return text;
}

function decodeQ(content: string): string {
  return content
    .replaceAll('_', ' ')
    .replace(/=([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
