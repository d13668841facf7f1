/** Stand for an output and for a tag of the template in a text that is searched for URLs. */
export const signs = { output: '\ufdd0', tag: '\ufdd1' } as const;

/**
 * What no URL in a text goes beyond: blanks, quotes, angle brackets, typographic and full-width signs, and the letters of
 * scripts whose sentences have no blanks. Other letters belong to a URL (RFC 3987).
 */
const hardEnd =
  /[\s\p{Z}\p{Cc}\p{Cs}<>"]|[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\uff01-\uffef]|(?![\u200c\u200d])\p{Cf}|(?!\p{ASCII})\p{P}/u;

/** Signs that may or may not belong to the URL: where one stands in the middle, its end cannot be told. */
const unclear = /[|\\^`]|(?!\p{ASCII}|[\ufdd0\ufdd1])[\p{S}\p{Cn}\p{Co}\u200c\u200d]/u;

const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
/** Longest stretch before a URL that is searched for an opening bracket. */
const lineLengthMax = 1_000;

const wrappers = "'`*_~|";

/** Returns where what may be a URL ends at the latest. */
export function findRunEnd(text: string, start: number): number {
  const length = text.slice(start).search(hardEnd);
  return length === -1 ? text.length : start + length;
}

/**
 * Finds the end of the URL that begins at `start` and ends at `runEnd` at the latest, as a reader would: the punctuation of the sentence around it does not
 * belong to it, a closing bracket does where the URL holds its opening one. Undefined where it cannot be told. Linear in the
 * URL's length.
 */
export function findUrlEnd(text: string, start: number, runEnd: number): number | undefined {
  const run = text.slice(start, runEnd);
  const wrapper = wrapperBefore(text, start);
  const closed = endInBrackets(run, text.slice(Math.max(start - lineLengthMax, 0), start));
  if (closed === undefined) return undefined;
  const { length } = trimEnd(endAtWrapper(run.slice(0, closed), wrapper), wrapper);
  const url = run.slice(0, length);
  const isUrl = /^https?:\/\/[^/?#]/i.test(url) && !/[,;|]https?:\/\//i.test(url) && !unclear.test(url);
  // No URL ends with these signs: more of it may follow, in letters that also begin the next word.
  const goesOn = url === run && /[=&%_+-]$/.test(url) && /^\p{L}/u.test(text.slice(runEnd, runEnd + 2));
  return isUrl && !goesOn ? start + length : undefined;
}

function wrapperBefore(text: string, start: number): string {
  const before = text[start - 1] ?? '';
  return before !== '' && wrappers.includes(before) ? before : '';
}

/** Between two signs that mark it up, a URL ends at the first one that no letter follows. */
function endAtWrapper(run: string, wrapper: string): string {
  if (wrapper === '') return run;
  for (let at = run.indexOf(wrapper); at !== -1; at = run.indexOf(wrapper, at + 1))
    if (!/^[\p{L}\p{N}]/u.test(run.slice(at + 1, at + 3))) return run.slice(0, at);
  return run;
}

/** Where a bracket closes that the URL did not open, the URL ends if the sentence opened it, or if only signs follow. */
function endInBrackets(run: string, before: string): number | undefined {
  const open: string[] = [];
  for (let at = 0; at < run.length; at += 1) {
    const char = run[at] ?? '';
    if (char === '(' || char === '[' || char === '{') open.push(char);
    const opener = closers[char];
    if (opener === undefined) continue;
    if (open.at(-1) === opener) open.pop();
    else return isClosed(run.slice(at), before, opener) ? at : undefined;
  }
  const trailing = run.length - trimSigns(run, '([{').length;
  return open.length <= trailing ? run.length : undefined;
}

function isClosed(rest: string, before: string, opener: string): boolean {
  const closer = rest[0] ?? '';
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return /^[.,;:!?'"*_~)\]}]*$/.test(rest) || line.split(opener).length > line.split(closer).length;
}

function trimEnd(url: string, wrapper: string): string {
  return trimSigns(url, `.,;:!?'|\\^\`([{${wrapper}`);
}

function trimSigns(text: string, unwanted: string): string {
  let end = text.length;
  while (end > 0 && unwanted.includes(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}
