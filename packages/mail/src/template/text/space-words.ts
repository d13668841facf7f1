/** Mark in a text that is made from HTML where a URL begins and ends, and where an image's text does. */
export const edge = { urlStart: '\ufdd2', urlEnd: '\ufdd3', alt: '\ufdd4' } as const;

/** Stand-ins (see text-from-html.ts): of any kind, and of tags, among them the end of a loop. */
const standIn = /^\ufdd0[A-Z]\d+\ufdd1/;
const tagsAfter = /^(?:\ufdd0[TE]\d+\ufdd1)+/;
const tagBefore = /\ufdd0[TE]\d+\ufdd1$/;

/** Most signs that are looked at before and behind a mark. */
const reach = 400;

/**
 * Puts blanks where HTML needs none but a text does: a URL that touches a word is no link to a mail program, and the texts
 * of images side by side would make one word. Takes the marks out.
 */
export function spaceWords(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const { 0: marks, index } of text.matchAll(/[\ufdd2-\ufdd4]+/g)) {
    parts.push(text.slice(at, index));
    at = index + marks.length;
    const before = withoutTags(text.slice(Math.max(0, index - reach), index));
    if (needsSpace(marks, before, text.slice(at, at + reach))) parts.push(' ');
  }
  return parts.join('') + text.slice(at);
}

function withoutTags(text: string): string {
  let end = text;
  while (tagBefore.test(end)) end = end.replace(tagBefore, '');
  return end;
}

function needsSpace(marks: string, before: string, behind: string): boolean {
  const tags = tagsAfter.exec(behind)?.[0] ?? '';
  const after = behind.slice(tags.length);
  const isEnd = marks.includes(edge.urlEnd);
  // The next round of a loop begins where this one ends.
  if (tags.includes('\ufdd0E') && (isEnd || isAfterAlt(marks, before))) return true;
  if (before === '' || after === '' || /\s$/.test(before) || /^\s/.test(after)) return false;
  // Where only tags are between two marks, the second one decides.
  if (tags !== '' && /^[\ufdd2-\ufdd4]/.test(after)) return false;
  if (isEnd && !/^[.,;:!?)\]}'"»”’…。、，]/.test(after)) return true;
  if (marks.includes(edge.urlStart)) return !/[([{'"«“‘„]$/.test(before);
  return isAfterAlt(marks, before) && (isWord(after) || standIn.test(after));
}

function isAfterAlt(marks: string, before: string): boolean {
  return marks.includes(edge.alt) && isWord(before.at(-1) ?? '');
}

function isWord(text: string): boolean {
  return /^[\p{L}\p{N}\ufdd1>]/u.test(text);
}
