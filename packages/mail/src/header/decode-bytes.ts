import { isUtf8 } from 'node:buffer';

/** Names that mail programs use for charsets of WHATWG's list. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^(?:cs)?iso-?2022-?jp.*$/, 'iso-2022-jp'],
  [/^(?:cp|ms|windows-?)(?:932|31j)$|^shift-jis$/, 'shift_jis'],
  [/^(?:cp|ms|windows-?)936$|^euc-?cn$/, 'gbk'],
  [/^(?:cp|ms|windows-?)949$|^uhc$/, 'euc-kr'],
  [/^(?:cp|ms|windows-?)950$/, 'big5'],
  [/^(?:unknown-8bit|x-unknown|utf-?8-?mac|ascii-?8|8bit|default|ansi.*)$/, 'us-ascii'],
];

/**
 * Bytes, a character a byte, in a charset of WHATWG's list; as Windows-1252 where it is none of those. What calls itself
 * ASCII and is not, is UTF-8 where it can be.
 */
export function decodeBytes(bytes: string, charset: string): string {
  const isStateful = charset.includes('2022');
  if (/^[\0-\x7f]*$/.test(bytes) && !isStateful) return bytes;
  const label = aliases.find(([names]) => names.test(charset))?.[1] ?? charset;
  const buffer = Buffer.from(isStateful ? withoutIdleEscapes(bytes) : bytes, 'latin1');
  try {
    const isUnsaid = label === 'us-ascii' || label === 'ascii';
    return new TextDecoder(isUnsaid && isUtf8(buffer) ? 'utf-8' : label).decode(buffer);
  } catch {
    return new TextDecoder('windows-1252').decode(buffer);
  }
}

/** An escape right behind another one says where two pieces were joined; decoders by WHATWG's standard make U+FFFD of it. */
function withoutIdleEscapes(bytes: string): string {
  const pieces = bytes.split('\u001b');
  const isIdle = (piece: string, index: number): boolean =>
    index > 0 && index < pieces.length - 1 && /^[$(][@-Z]$/.test(piece);
  return pieces.filter((piece, index) => !isIdle(piece, index)).join('\u001b');
}
