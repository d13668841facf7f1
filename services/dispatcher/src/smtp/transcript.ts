import {
  type Conversation,
  type ConversationLine,
  conversationLinesMax,
  packConversationLine,
} from '@posthorn/contracts';

/** What was said in one attempt, and when. Content and secrets are never noted. */
export type Transcript = Readonly<{
  /** Adds a command of ours, a whole reply of theirs, or, in parentheses, what befell the connection. */
  note: (from: ConversationLine['from'], text: string) => void;
  /**
   * All lines so far, made safe to store and show: 500 characters of each, at most `conversationLinesMax`. Of more, the
   * middle is left out, since an attempt is understood by how it began and how it ended.
   */
  conversation: () => Conversation;
}>;

/** How many of the last lines are kept; of the first as many as fit beside them and the line that names the gap. */
const endingMax = 20;
const beginningMax = conversationLinesMax - endingMax - 1;
const textMax = 500;
/** A reply may have 64 KiB; what is cut away at once need not be looked at. */
const readMax = 2 * textMax;

const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const isPlain = /^[ -~]*$/;

/** Begins a transcript; its times count from now. */
export function createTranscript(): Transcript {
  const beganAtMs = performance.now();
  const lines: string[] = [];
  let leftOut = 0;
  let gapAtMs = 0;

  return {
    note(from, text) {
      const atMs = Math.round(performance.now() - beganAtMs);
      lines.push(packConversationLine({ atMs, from, text: printable(text) }));
      if (lines.length <= beginningMax + endingMax) return;
      if (leftOut === 0) gapAtMs = atMs;
      lines.splice(beginningMax, 1);
      leftOut += 1;
    },
    conversation() {
      if (leftOut === 0) return lines.join('\n');
      const gap = packConversationLine({ atMs: gapAtMs, from: 'us', text: `(${leftOut} lines left out)` });
      return lines.toSpliced(beginningMax, 0, gap).join('\n');
    },
  };
}

function printable(text: string): string {
  if (text.length <= textMax && isPlain.test(text)) return text;
  const read = text.slice(0, readMax).toWellFormed();
  return read.replace(unprintable, ' ').trim().slice(0, textMax).toWellFormed();
}
