import { splitMessage } from './split-message.ts';
import { hasLongLine } from './transfer-encoding.ts';

/**
 * Tells whether a message has a line of over 998 bytes in a part that must not be changed, since it is signed or cannot be
 * understood: no server has to carry it (RFC 5321, section 4.5.3.1.6), and nobody may encode it. A character a byte, CRLF line
 * ends. Nearly free where no line is that long.
 */
export function hasUnsendableLine(raw: string): boolean {
  if (!hasLongLine(raw)) return false;
  return splitMessage(raw).leaves.some(
    ({ isSealed, start, end }) => isSealed && hasLongLine(raw.slice(start, end)),
  );
}
