import { percent } from './encoded-word.ts';
import { cleanHeaderText, maxLineLength } from './header-text.ts';

/** A longer value is cut into continuations, so that one parameter with its name fits one line. */
const maxValueLength = 58;

/**
 * Appends parameters to the value of a MIME field: `; name=value`, each on a line of its own where needed.
 *
 * A value is written as a token, else as a quoted string, else by RFC 2231: UTF-8, percent-encoded, in
 * continuations (`name*0*=`). `column` is how many characters of the line are taken before `value`.
 */
export function withParameters(value: string, parameters: Record<string, string>, column: number): string {
  let lineLength = column + value.length;
  let field = value;
  for (const [name, text] of Object.entries(parameters)) {
    for (const piece of encodeParameter(name, text)) {
      const isFold = lineLength + piece.length + 3 > maxLineLength;
      field += isFold ? `;\r\n ${piece}` : `; ${piece}`;
      lineLength = isFold ? piece.length + 1 : lineLength + piece.length + 2;
    }
  }
  return field;
}

/** Encodes one parameter as the pieces to be joined by `;` (RFC 2045, section 5.1; RFC 2231, sections 3 and 4). */
export function encodeParameter(name: string, text: string): string[] {
  const clean = cleanHeaderText(text);
  if (clean.length <= maxValueLength && /^[ -~]*$/.test(clean)) return [`${name}=${tokenOrQuoted(clean)}`];

  const sections = sectionsOf(clean);
  const [only = ''] = sections;
  if (sections.length === 1) return [`${name}*=utf-8''${only}`];
  return sections.map((section, index) => `${name}*${index}*=${index === 0 ? "utf-8''" : ''}${section}`);
}

function tokenOrQuoted(text: string): string {
  if (/^[\w!#$&+.^`{|}~-]+$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Percent-encodes, and cuts between characters, never inside one. */
function sectionsOf(text: string): string[] {
  const sections = [''];
  for (const character of text) {
    const encoded = /[\w.-]/.test(character) ? character : percent(character, '%');
    const last = sections.at(-1) ?? '';
    if (last.length + encoded.length > maxValueLength - 8) sections.push(encoded);
    else sections[sections.length - 1] = last + encoded;
  }
  return sections;
}
