import {
  delayWords,
  finalWords,
  gaveUpWords,
  relaySubject,
  retryWords,
  successSubject,
} from '../formats/server-words.ts';
import type { Action } from '../report.ts';
import type { Notice } from './notice.ts';

const refusal = /(?<![\w.-])5\d\d[ -]|(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])/;

/**
 * Says whether a notice tells of a failure, a delay or a success.
 *
 * A server that still tries says so ("will be retried", "a warning only"). "Delayed" alone is no such word: a final
 * failure often tells of the delay before it, and then a refusal or "given up" counts.
 */
export function actionOfNotice({ subject, text }: Notice): Action {
  const said = `${subject}\n${text}`;
  if (relaySubject.test(subject)) return 'relayed';
  if (successSubject.test(subject)) return 'delivered';
  if (retryWords.test(said)) return gaveUpWords.test(said) ? 'failed' : 'delayed';
  if (!delayWords.test(said)) return 'failed';
  return finalWords.test(said) || refusal.test(text) ? 'failed' : 'delayed';
}
