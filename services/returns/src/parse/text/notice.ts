import { headerBegin, originalMarks } from '../formats/original-marks.ts';
import { disclaimerWords } from '../formats/server-words.ts';

/** What a server wrote in words, without the message that it returns. */
export type Notice = Readonly<{
  subject: string;
  /** Everything up to the returned message. */
  text: string;
  /** The text between empty lines. */
  paragraphs: readonly string[];
  /** True if a message, or its header, comes back behind the text. */
  returnsMessage: boolean;
}>;

/** Fewest characters that a notice has before the returned message. */
const saidMin = 12;
const paragraphsMax = 300;

/** Splits what a server wrote from what it returns, and the former into paragraphs. */
export function readNotice(subject: string, text: string): Notice {
  const cut = findOriginal(text);
  const said = text.slice(0, cut);
  const paragraphs = said
    .split(/\n(?:[ \t]*\n)+/, paragraphsMax)
    .map((paragraph) => paragraph.replace(/^\n+|\s+$/g, ''))
    .filter((paragraph) => /[\p{L}\p{N}]/u.test(paragraph) && !disclaimerWords.test(paragraph));
  return { subject, text: said, paragraphs, returnsMessage: cut !== undefined };
}

function findOriginal(text: string): number | undefined {
  const starts = [...originalMarks, headerBegin].flatMap((mark) => mark.exec(text)?.index ?? []);
  const first = Math.min(...starts.filter((start) => text.slice(0, start).trim().length >= saidMin));
  return Number.isFinite(first) ? first : undefined;
}
