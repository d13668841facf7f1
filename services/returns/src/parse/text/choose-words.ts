import { classifyReply } from '@posthorn/mail';
import { cleanWords, replyOfWords } from '../reply-of-words.ts';

/** Most candidates that are looked at for one recipient. */
const candidatesMax = 60;

/**
 * Chooses what a report says of a recipient. The diagnostic code counts if it means something together with the
 * status. If not, the candidates stand in reading order, words beside the recipient before those around it: the first
 * one counts whose words the table of replies knows, then the first whose code it knows, then the first at all.
 */
export function chooseWords(
  diagnostic: string,
  candidates: readonly string[],
  status: string | undefined,
): string {
  const [machine] = cleanAll([diagnostic]);
  if (machine !== undefined && weightOf(machine, status) === 2) return machine;
  const cleaned = [...(machine === undefined ? [] : [machine]), ...cleanAll(candidates)];
  const weighed = cleaned.map((words) => ({
    words,
    weight: 10 * weightOf(words, undefined) + weightOf(words, status),
  }));
  const best = Math.max(0, ...weighed.map(({ weight }) => weight));
  return weighed.find(({ weight }) => weight === best)?.words ?? '';
}

/** Leaves out what has no words beside an address. */
function cleanAll(candidates: readonly string[]): string[] {
  const cleaned = candidates.slice(0, candidatesMax).map(cleanWords);
  return [...new Set(cleaned)].filter((words) => /\p{L}{2}/u.test(words.replace(/\S*@\S*/g, '')));
}

/** Weighs how much words say: 2 if the table knows them, 1 if only their code's digits are known, 0 if nothing is. */
export function weightOf(words: string, status: string | undefined): 0 | 1 | 2 {
  const outcome = classifyReply(replyOfWords(words, status));
  if (outcome.kind === 'delivered' || outcome.rule === undefined) return 0;
  return /^(?:plain|field)-/.test(outcome.rule) ? 1 : 2;
}
