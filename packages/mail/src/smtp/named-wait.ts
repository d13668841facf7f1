import type { SmtpReply } from './smtp-reply.ts';

const unitsMs: Readonly<Record<string, number>> = {
  ...{ s: 1_000, sec: 1_000, secs: 1_000, second: 1_000, seconds: 1_000 },
  ...{ m: 60_000, min: 60_000, mins: 60_000, minute: 60_000, minutes: 60_000 },
  ...{ h: 3_600_000, hr: 3_600_000, hrs: 3_600_000, hour: 3_600_000, hours: 3_600_000 },
};

/** Words after which a time is one to wait, and not one in which too much was sent. */
const cue = /^(?:again|back|later|retry|retrying|wait|delay|resend|after|gr[ae]ylist(?:ed|ing)?)$/;
/** How many words may stand between such a word and the number: "again in about 5 minutes". */
const reach = 4;
/** Words that are looked at; nobody who means it says it later than that. */
const wordsMax = 150;

const amount = /^(\d{1,6})([a-z]*)$/;
const clockTime = /^(\d{1,3}):(\d{2}):(\d{2})$/;

/**
 * How long a reply says to wait before the next attempt, in milliseconds: "try again in 300 seconds", "greylisted for 5 minutes",
 * "come back in 00:05:00". Undefined where it does not say. Not bounded: a server may say anything (see `nextRetry`).
 */
export function namedWaitMs({ lines }: Pick<SmtpReply, 'lines'>): number | undefined {
  const words = lines
    .join(' ')
    .toLowerCase()
    .split(/[^a-z0-9:]+/, wordsMax);
  let cueAt = -Infinity;
  for (const [at, word] of words.entries()) {
    if (cue.test(word)) cueAt = at;
    else if (at - cueAt <= reach) {
      const waitMs = clockMs(word) ?? amountMs(word, words[at + 1]);
      if (waitMs !== undefined) return waitMs;
    }
  }
  return undefined;
}

function amountMs(word: string, next: string | undefined): number | undefined {
  const [, digits, glued] = amount.exec(word) ?? [];
  const unitMs = unitsMs[glued || (next ?? '')];
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs;
}

function clockMs(word: string): number | undefined {
  const [match, hours, minutes, seconds] = clockTime.exec(word) ?? [];
  if (match === undefined) return undefined;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
