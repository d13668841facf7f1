import { receiptSubject } from '../formats/server-words.ts';
import { fieldOf, type HeaderFields, subjectOf } from '../mime/header-fields.ts';
import type { AutoReplyReason } from '../report.ts';

const challenges =
  /\b(?:challenge[- ]response|spam ?arrest|boxbe|confirm (?:that )?you(?:r| are)|please (?:verify|confirm)|guest list|sender verification|verification required)\b/i;

const vacations =
  /\b(?:out of (?:the )?office|auto(?:matic)?[- ]?(?:reply|response|antwort)|automatische antwort|automatyczna odpowied|automatisch antwoord|autosvar|автоответ|自动回复|自動返信|自動回覆|不在|abwesenheit\w{0,20}|r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|risposta automatica|on (?:vacation|holiday|leave)|away from (?:my|the) (?:office|desk|mail)|vacation)\b/i;

const precedences = /^(?:auto[_-]?reply|auto[_-]?response)\b/i;

/**
 * Says how a message marks itself as the answer of a person's robot (RFC 3834, section 5, and what programs wrote
 * before it). Undefined without a mark. `auto-submitted` alone says little, since servers mark reports so too.
 */
export function autoReplyReasonOf(fields: HeaderFields): AutoReplyReason | undefined {
  const subject = subjectOf(fields);
  if (challenges.test(subject) || fields.has('x-boxbe-id')) return 'challenge';
  if (receiptSubject.test(subject)) return 'disposition';
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
