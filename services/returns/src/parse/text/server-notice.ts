import {
  failureWords,
  foreignFailureWords,
  receiptSubject,
  relaySubject,
  serverNames,
  successSubject,
} from '../formats/server-words.ts';
import { fieldOf, type HeaderFields } from '../mime/header-fields.ts';
import type { MimePart } from '../mime/mime-part.ts';
import type { Notice } from './notice.ts';

/** How sure it is that a mail server, and not a person or a robot for one, wrote a message. */
export type Authorship = 'server' | 'perhaps' | 'other';

/**
 * Says who wrote a message from the null sender. A server signs with a name like MAILER-DAEMON, or sends a report
 * (RFC 6522). Without either, a notice must return our message, or say so in its subject, and say that it was not delivered: automatic answers of
 * people come from the null sender as well (RFC 3834, section 3.3) and may quote anything.
 */
export function authorshipOf(root: MimePart, notice: Notice): Authorship {
  if (receiptSubject.test(notice.subject)) return 'other';
  if (isSignedByServer(root.fields) || isReport(root)) return 'server';
  const isSigned = notice.returnsMessage || returnsMessage(root) || isFailureSubject(notice.subject);
  return isSigned ? 'perhaps' : 'other';
}

/** The subject of an answer is that of our own mail, which may tell of anything. */
function isFailureSubject(subject: string): boolean {
  const isAnswer = /^\s*(?:re|aw|antw|sv|rv|fwd?)\s?:/i.test(subject);
  return !isAnswer && (failureWords.test(subject) || foreignFailureWords.test(subject));
}

/** Says whether the words are those of a failure or a delay. */
export function tellsOfDelivery({ subject, text }: Notice): boolean {
  return [subject, text].some((said) => failureWords.test(said) || foreignFailureWords.test(said));
}

/** Says whether the subject is that of a message that was delivered or passed on. */
export function tellsOfSuccess({ subject }: Notice): boolean {
  return successSubject.test(subject) || relaySubject.test(subject);
}

/** Says whether the author of a message calls itself a mail server. */
export function isSignedByServer(fields: HeaderFields): boolean {
  return fields.has('x-failed-recipients') || serverNames.test(fieldOf(fields, 'from'));
}

function isReport({ contentType, type }: MimePart): boolean {
  return type === 'multipart/report' || /report-type\s{0,5}=\s{0,5}"?delivery-status/i.test(contentType);
}

function returnsMessage(root: MimePart): boolean {
  return root.parts.some(({ type }) => /^(?:message\/(?:rfc822|global)|text\/rfc822-headers)$/.test(type));
}
