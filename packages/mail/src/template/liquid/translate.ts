import { parseExpression } from '../hubl/parse-expression.ts';
import { Refusal } from '../hubl/refusal.ts';
import { type Segment, splitSegments } from '../hubl/split-segments.ts';
import { type Chain, emitExpression } from './emit-expression.ts';
import { Names } from './names.ts';
import { readerOf, type TagPiece, TagTranslator } from './translate-tag.ts';

type Span = Readonly<{ start: number; end: number }>;

/** A part of a template after translation: text as it was, a value still to be escaped, or a finished Liquid tag. */
export type Piece =
  | (Span & { kind: 'text'; text: string })
  | (Span & { kind: 'output'; chain: Chain; trimsBefore: boolean; trimsAfter: boolean })
  | (Span & TagPiece);

export type Problem = Readonly<{ offset: number; message: string }>;

/** Longest template, in characters. */
const templateLengthMax = 1_048_576;

/** Most tags in one template. */
const tagsMax = 20_000;

/**
 * Translates a HubL template (or a Liquid one, as far as both agree) to pieces of Liquid.
 *
 * Problems are all reported, not only the first; the pieces are of use only when there is none.
 */
export function translate(source: string): {
  pieces: Piece[];
  contactProperties: Set<string>;
  problems: Problem[];
} {
  const contactProperties = new Set<string>();
  const problems: Problem[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ offset: error.offset, message: error.message });
      return undefined;
    }
  };
  const tags = new TagTranslator({ names: new Names(), contactProperties });
  const pieces = (attempt(() => readSegments(source)) ?? []).flatMap((segment) => {
    return attempt(() => translateSegment(segment, tags)) ?? [];
  });
  attempt(() => tags.finish());
  return { pieces, contactProperties, problems };
}

function readSegments(source: string): Segment[] {
  if (source.length > templateLengthMax) {
    throw new Refusal(0, `Longer than ${templateLengthMax} characters: a mail that large is cut or refused.`);
  }
  const segments = splitSegments(source);
  if (segments.length > tagsMax) throw new Refusal(0, `More than ${tagsMax} tags.`);
  return segments;
}

function translateSegment(segment: Segment, tags: TagTranslator): Piece {
  const { kind, start, end, trimsBefore, trimsAfter } = segment;
  if (kind === 'text') return { kind, start, end, text: segment.inner };
  if (kind === 'tag') return { start, end, ...tags.translate(segment) };
  const reader = readerOf(segment);
  const expression = parseExpression(reader);
  reader.expectEnd();
  return { kind, start, end, chain: emitExpression(expression, tags.context), trimsBefore, trimsAfter };
}
