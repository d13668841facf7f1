import { classifyReply } from '@posthorn/mail';
import { cleanWords, replyOfWords } from '../reply-of-words.ts';

/** Most pieces of text that are looked at for one recipient. */
const piecesMax = 60;

/** What a report says of one recipient, in reading order. */
export type Said = Readonly<{
  /** The words of Diagnostic-Code. */
  diagnostic: string;
  /** The texts beside the recipient. */
  beside: readonly string[];
  /** The texts that are about nobody in particular. */
  around: readonly string[];
}>;

/**
 * Chooses what a report says of a recipient.
 *
 * The diagnostic code counts if it means something together with the status. Then the words beside the recipient
 * count, and last those that are about nobody, if the table of replies knows them for sure. Where the table knows
 * nothing, the first words in reading order are shown.
 */
export function chooseWords({ diagnostic, beside, around }: Said, status: string | undefined): string {
  const machine = cleanAll([diagnostic]);
  const near = cleanAll(beside);
  const far = cleanAll(around);
  const hasMeaning = (words: string) => sureness(words, status) >= 2;
  return (
    machine.find(hasMeaning) ??
    mostSure(near) ??
    far.find((words) => sureness(words, undefined) === 3) ??
    [...machine, ...near].find(hasMeaning) ??
    [...machine, ...near, ...far][0] ??
    ''
  );
}

/** Leaves out what has no words beside an address. */
function cleanAll(pieces: readonly string[]): string[] {
  const cleaned = pieces.slice(0, piecesMax).map(cleanWords);
  return [...new Set(cleaned)].filter((words) => /\p{L}{2}/u.test(words.replace(/\S*@\S*/g, '')));
}

/** Prefers the remote server's own reply, which has a code, to what the reporter makes of it. */
function mostSure(pieces: readonly string[]): string | undefined {
  const weighed = pieces.map((words) => ({
    words,
    weight: 2 * sureness(words, undefined) + (/^[45]\d\d/.test(words) ? 1 : 0),
  }));
  const best = Math.max(4, ...weighed.map(({ weight }) => weight));
  return weighed.find(({ weight }) => weight === best)?.words;
}

/**
 * Says how sure it is what words mean: 3 if the table knows them or their code, 2 if it has a hint, 1 if it knows only
 * what kind of code they have, 0 if it knows nothing.
 */
export function sureness(words: string, status: string | undefined): 0 | 1 | 2 | 3 {
  const outcome = classifyReply(replyOfWords(words, status));
  if (outcome.kind === 'delivered' || outcome.rule === undefined) return 0;
  if (outcome.rule.startsWith('hints-')) return 2;
  return /^(?:plain|field|last)-/.test(outcome.rule) ? 1 : 3;
}
