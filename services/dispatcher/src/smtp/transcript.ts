import { type ConversationLine, conversationLinesMax } from '@posthorn/contracts';

/** What was said in one attempt, and when. Content and secrets are never noted. */
export type Transcript = Readonly<{
  /** Adds a command of ours, a whole reply of theirs, or, in parentheses, what befell the connection. */
  note: (from: ConversationLine['from'], text: string) => void;
  /**
   * All lines so far, made safe to store and show: 500 characters of each, at most `conversationLinesMax`. Of more, the
   * middle is left out, since an attempt is understood by how it began and how it ended.
   */
  lines: () => ConversationLine[];
}>;

/** How many of the last lines are kept; of the first as many as fit beside them and the line that names the gap. */
const endingMax = 20;
const beginningMax = conversationLinesMax - endingMax - 1;
const textMax = 500;
/** A reply may have 64 KiB; what is cut away at once need not be held or looked at. */
const heldMax = 2 * textMax;

const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const isPlain = /^[ -~]*$/;

type Noted = Readonly<{ atMs: number; from: ConversationLine['from']; text: string }>;

/** Begins a transcript; its times count from now. */
export function createTranscript(): Transcript {
  const beganAtMs = performance.now();
  const noted: Noted[] = [];
  let leftOut = 0;

  return {
    note(from, text) {
      noted.push({ atMs: Math.round(performance.now() - beganAtMs), from, text: text.slice(0, heldMax) });
      if (noted.length <= beginningMax + endingMax) return;
      noted.splice(beginningMax, 1);
      leftOut += 1;
    },
    lines() {
      const lines = noted.map(({ atMs, from, text }) => ({ atMs, from, text: printable(text) }));
      const gap = lines[beginningMax - 1];
      if (leftOut > 0 && gap)
        lines.splice(beginningMax, 0, { ...gap, from: 'us', text: `(${leftOut} lines left out)` });
      return lines;
    },
  };
}

function printable(text: string): string {
  if (text.length <= textMax && isPlain.test(text)) return text;
  return text.toWellFormed().replace(unprintable, ' ').trim().slice(0, textMax).toWellFormed();
}
