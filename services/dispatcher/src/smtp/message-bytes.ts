/** Bytes handed to the connection at once; small enough that a slow peer holds the next piece back. */
export const pieceBytes = 64 * 1024;

/**
 * What stands between DATA and the final dot: the rendition's bytes with their dots stuffed (RFC 5321, section 4.5.2).
 *
 * Most renditions have no line that begins with a dot and go as they are. In all others every line end becomes CRLF first, so
 * that what one receiver takes for the end of a line is that for the next one too (SMTP smuggling).
 */
export function messageBytes(rendition: string): Buffer {
  return Buffer.from(isPlain(rendition) ? rendition : stuffed(rendition), 'latin1');
}

/** Whether no dot follows a line end of any kind, so that nothing in it can end it or needs stuffing. */
function isPlain(rendition: string): boolean {
  return (
    rendition.endsWith('\r\n') &&
    !rendition.startsWith('.') &&
    !rendition.includes('\n.') &&
    !rendition.includes('\r.')
  );
}

function stuffed(rendition: string): string {
  const lines = rendition.replace(/\r\n|\r|\n/g, '\r\n');
  const whole = lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
  return whole.replace(/^\./gm, '..');
}
