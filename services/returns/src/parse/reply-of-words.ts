import type { SmtpReply } from '@posthorn/mail';

/** Longest words that are kept of a report, in characters. */
export const wordsMax = 1_000;

const enhancedCode = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])/;

/** Where in the words of a report the other server's own reply begins. */
const replyBegins: readonly RegExp[] = [
  /(?<![\w.-])[45]\d\d[ -]{1,3}#?[45]\.\d{1,3}\.\d{1,3}\b/,
  /(?:said|says|respon(?:ded|se)(?: with)?|replied|failed with|error[^\n:]{0,80}|was|reason|code|answered)\s{0,3}[:=]\s{0,10}(?:<[^>\n]{0,300}>:?\s{0,10})?(?=[45]\d\d[ -])/i,
  /(?:^|\n)\W{0,40}(?:smtp;\s{0,5})?(?=[45]\d\d(?:[ -]|$))/i,
];

/** A code that stands behind or inside the words. */
const codeInside = /\b(?:error|code|status|response ?code|reply)\b\W{0,10}([45]\d\d)\b/i;

/** Returns the other server's reply if the words hold one, or the words, on one line and at most 1,000 characters. */
export function cleanWords(words: string): string {
  const reply = replyBegins.map((pattern) => pattern.exec(words)).find((match) => match !== null);
  const said = reply ? words.slice(reply.index + (/^[45]\d\d/.test(reply[0]) ? 0 : reply[0].length)) : words;
  return withoutRepeatedCodes(said.replace(/\s+/g, ' ').trim()).slice(0, wordsMax);
}

/** The lines of a long reply each begin with its code. Once is enough. */
function withoutRepeatedCodes(text: string): string {
  const code = /^([45]\d\d)[ -]/.exec(text)?.[1];
  if (code === undefined) return text;
  const [first, ...rest] = text.split(new RegExp(` ${code}[ -](?:[45]\\.\\d{1,3}\\.\\d{1,3} )?`));
  return [first, ...rest].join(' ').replace(new RegExp(`^${code}-`), `${code} `);
}

/**
 * Returns the reply that the words of a report amount to, so that the table of replies can say what they mean. Where
 * the words have no code, it follows from the status. The words' own enhanced code counts before the reporter's
 * status, unless it is the vaguer one: that is often only `5.0.0`.
 */
export function replyOfWords(words: string, status: string | undefined): SmtpReply {
  const own = enhancedCode.exec(words)?.[0];
  const enhanced = precisionOf(status) > precisionOf(own) ? status : own;
  const code = /^[45]\d\d(?=[ -]|$)/.exec(words)?.[0] ?? codeInside.exec(words)?.[1];
  return {
    code: Number(code ?? (enhanced?.startsWith('4') ? 450 : 550)),
    lines: [words.replace(/^[45]\d\d[ -]#?(?:[45]\.\d{1,3}\.\d{1,3} ?)?/, '')],
    text: words,
    ...(enhanced !== undefined && { enhanced }),
  };
}

/** Ranks a code by how much it says: `5.0.0` nothing, `5.7.0` a little. */
function precisionOf(enhanced: string | undefined): number {
  if (enhanced === undefined) return 0;
  if (/^\d\.0\.0$/.test(enhanced)) return 1;
  return /^\d\.0\.|\.0$/.test(enhanced) ? 2 : 3;
}
