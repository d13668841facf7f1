import { cutText } from '../header/cut-text.ts';

/** Longest file name kept, in bytes: what common file systems take. */
const maxFileNameBytes = 255;

/** Names that Windows gives to devices, with any extension. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

const invisible = /\u{1f3f4}[\u{e0020}-\u{e007f}]+|[\p{Cc}\p{Cf}\u2028\u2029]/gu;
/** ZWNJ and ZWJ; numbers and verse signs that stand before digits; a flag that is spelled out by tags. */
const needed = /^(?:\u200c|\u200d|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]|\u{1f3f4}.+)$/u;

/**
 * Turns what a caller calls an attachment into a file name that is safe to save anywhere (row H05).
 *
 * Only the last step of a path stays; controls, bidirectional overrides and other invisible characters go, but for those
 * that writing needs: joiners (Persian, Indic scripts, emoji), signs of Arabic script, the tags of a flag. Characters that Windows forbids become `_`; a device's name gets `_` before it; at most 255 bytes, the
 * extension kept. What is empty after that is called `attachment`.
 */
export function sanitizeFileName(name: string): string {
  const visible = name.toWellFormed().replace(invisible, (found) => (needed.test(found) ? found : ''));
  const base = visible.slice(Math.max(visible.lastIndexOf('/'), visible.lastIndexOf('\\')) + 1);
  const clean = trimDots(base.normalize('NFC').replace(/[<>:"|?*]/g, '_'));
  const safe = deviceName.test(clean) ? `_${clean}` : clean;
  return shorten(safe) || 'attachment';
}

/** Leading dots hide a file or leave its folder; Windows drops trailing dots and spaces. A joiner there joins nothing. */
function trimDots(name: string): string {
  let start = 0;
  let end = name.length;
  while (start < end && isDotOrSpace(name[start])) start += 1;
  while (end > start && isDotOrSpace(name[end - 1])) end -= 1;
  return name.slice(start, end);
}

const isDotOrSpace = (character: string | undefined): boolean =>
  character === '.' || character === '\u200c' || character === '\u200d' || character?.trim() === '';

/** Cut between characters as people see them, so that no emoji of several is left in half. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxFileNameBytes) return name;
  const extension = /\.[A-Za-z0-9]{1,16}$/.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  let kept = cutText(stem, maxFileNameBytes - extension.length);
  while (Buffer.byteLength(kept) > maxFileNameBytes - extension.length) kept = cutText(kept, kept.length - 1);
  return kept + extension;
}
