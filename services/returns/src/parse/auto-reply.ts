import { fieldOf, type HeaderFields } from './header-fields.ts';
import type { AutoReplyReason } from './report.ts';

const challenges =
  /\b(?:challenge[- ]response|spam ?arrest|boxbe|confirm (?:that )?you(?:r| are)|please (?:verify|confirm)|sender verification|verification required)\b/i;

const vacations =
  /\b(?:out of (?:the )?office|auto(?:matic)?[- ]?(?:reply|response|antwort)|automatische antwort|abwesenheit\w{0,20}|r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|risposta automatica|on (?:vacation|holiday|leave)|away from (?:my|the) (?:office|desk|mail)|vacation)\b/i;

const precedences = /^(?:auto[_-]?reply|auto[_-]?response)\b/i;

/**
 * Whether a person's or a machine's answer, not a report, lies before us, and how it says so (RFC 3834, section 5, and
 * what programs wrote before it). Asked last of all, since bounces are marked `auto-replied` as well.
 */
export function autoReplyReasonOf(fields: HeaderFields): AutoReplyReason | undefined {
  const subject = subjectOf(fields);
  if (challenges.test(subject) || fields.has('x-boxbe-id')) return 'challenge';
  if (vacations.test(subject) || isMarkedVacation(fields)) return 'vacation';
  const submitted = fieldOf(fields, 'auto-submitted').toLowerCase();
  return submitted !== '' && submitted !== 'no' ? 'auto-submitted' : undefined;
}

function isMarkedVacation(fields: HeaderFields): boolean {
  const marks = ['x-autoreply', 'x-autorespond', 'x-autoreply-from', 'x-vacation', 'x-mail-autoreply'];
  return (
    marks.some((name) => fields.has(name)) ||
    precedences.test(fieldOf(fields, 'precedence')) ||
    fieldOf(fields, 'x-auto-response-suppress').toLowerCase() === 'all'
  );
}

/** The subject's words, encoded ones undone (RFC 2047), at most 1,000 characters of it. */
export function subjectOf(fields: HeaderFields): string {
  return fieldOf(fields, 'subject')
    .slice(0, 1_000)
    .replace(
      /=\?([\w-]{1,40})\?([bq])\?([^?\s]{0,200})\?=/gi,
      (_, charset: string, kind: string, text: string) => decodeWord(charset, kind, text),
    );
}

function decodeWord(charset: string, kind: string, text: string): string {
  const bytes =
    kind.toLowerCase() === 'b'
      ? Buffer.from(text, 'base64')
      : Buffer.from(
          text
            .replaceAll('_', ' ')
            .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        );
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
