/** Longest file name kept, in bytes: what common file systems take. */
const maxFileNameBytes = 255;

/** Names that Windows gives to devices, with any extension. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Turns what a caller calls an attachment into a file name that is safe to save anywhere (row H05).
 *
 * Only the last step of a path stays; controls, bidirectional overrides and other invisible characters go;
 * characters that Windows forbids become `_`; a device's name gets `_` before it; at most 255 bytes, the
 * extension kept. What is empty after that is called `attachment`.
 */
export function sanitizeFileName(name: string): string {
  const visible = name.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '');
  const base = visible.slice(Math.max(visible.lastIndexOf('/'), visible.lastIndexOf('\\')) + 1);
  const clean = trimDots(base.normalize('NFC').replace(/[<>:"|?*]/g, '_'));
  const safe = deviceName.test(clean) ? `_${clean}` : clean;
  return shorten(safe) || 'attachment';
}

/** Leading dots hide a file or leave its folder; Windows drops trailing dots and spaces. */
function trimDots(name: string): string {
  let start = 0;
  let end = name.length;
  while (start < end && isDotOrSpace(name[start])) start += 1;
  while (end > start && isDotOrSpace(name[end - 1])) end -= 1;
  return name.slice(start, end);
}

const isDotOrSpace = (character: string | undefined): boolean =>
  character === '.' || character?.trim() === '';

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxFileNameBytes) return name;
  const extension = /\.[A-Za-z0-9]{1,16}$/.exec(name)?.[0] ?? '';
  let stem = '';
  let room = maxFileNameBytes - extension.length;
  for (const character of name.slice(0, name.length - extension.length)) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}
