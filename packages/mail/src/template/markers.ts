/**
 * What a compiled template and its rendering hold in place of what is only known at send time.
 *
 * A link slot is `\x01<index>\x03`, its target then being in the version's `links`, or `\x01<index>\x02<target>\x03`
 * where the target depends on values. The pixel slot is `\x04`. In a text part that was made from HTML, `\x05` stands for each
 * tag: blank lines on both sides of it become one. `\x06` begins a text part that its author wrote, which has none and stays
 * as it is. They cannot be forged: the compiler takes control characters out of what an author wrote, and every value loses
 * its own on the way into the mail.
 */
export const marker = {
  link: '\u0001',
  target: '\u0002',
  end: '\u0003',
  pixel: '\u0004',
  gap: '\u0005',
  verbatim: '\u0006',
} as const;

/** Takes the characters that markers and stand-ins are made of out of an author's text, one space for each, so that positions stay. */
export function withoutMarkers(source: string): string {
  return source.replace(/[[\p{Cc}--[\t\n\r]]\ufdd0-\ufdef]/gv, ' ');
}
