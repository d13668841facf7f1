import type { LinkSlot } from '@posthorn/contracts';
import { compileHtml } from './html/compile-html.ts';
import { positionOf } from './hubl/refusal.ts';
import { applyTrims } from './liquid/apply-trims.ts';
import { emitAll } from './liquid/emit-piece.ts';
import { type Piece, type Problem, translate } from './liquid/translate.ts';
import { withoutMarkers } from './markers.ts';
import { lowerSource } from './render/lower-templates.ts';
import { compileText } from './text/compile-text.ts';
import { textFromHtml } from './text/text-from-html.ts';

/** What an author wrote, in HubL (or in Liquid, as far as both agree). */
export type EmailDraft = Readonly<{
  subject: string;
  previewText: string;
  fromName: string;
  html: string;
  /** The text part; made from the HTML where it is absent or blank. */
  plainText?: string;
}>;

export type DraftField = 'subject' | 'previewText' | 'fromName' | 'html' | 'plainText';

/** What cannot be translated, where (line and column from 1), and what to do instead. */
export type TemplateProblem = Readonly<{ field: DraftField; line: number; column: number; message: string }>;

/** The parts of an `EmailVersion` that come from the draft's content. */
export type CompiledEmail = Readonly<{
  kind: 'compiled';
  subject: string;
  previewText: string;
  fromName: string;
  html: string;
  text: string;
  links: LinkSlot[];
  contactProperties: string[];
}>;

export type CompileResult = CompiledEmail | Readonly<{ kind: 'refused'; problems: TemplateProblem[] }>;

/** Most links in one email: an index is 16 bits in a link's token. */
const linksMax = 65_536;

/**
 * Compiles an email once, when it is published, so that a send only merges and joins: HubL becomes Liquid, the
 * escaping of each value is decided from where it lands, links become slots, the text part is made.
 *
 * Pure; all problems of all fields are reported together.
 */
export function compileEmail(draft: EmailDraft): CompileResult {
  const problems: TemplateProblem[] = [];
  const contactProperties = new Set<string>();

  function read(field: DraftField, source: string): { source: string; pieces: Piece[] } {
    const clean = withoutMarkers(source);
    const translated = translate(clean);
    report(field, clean, translated.problems);
    for (const property of translated.contactProperties) contactProperties.add(property);
    return { source: clean, pieces: translated.pieces };
  }

  function report(field: DraftField, source: string, found: readonly Problem[]): void {
    for (const { offset, message } of found) problems.push({ field, ...positionOf(source, offset), message });
  }

  const subject = read('subject', onOneLine(draft.subject));
  const fromName = read('fromName', onOneLine(draft.fromName));
  const previewText = read('previewText', onOneLine(draft.previewText));
  const html = read('html', draft.html);
  const plainText = draft.plainText?.trim() ? read('plainText', draft.plainText) : undefined;
  if (problems.length > 0) return { kind: 'refused', problems };

  const compiled = compileHtml(html.source, html.pieces, previewHtml(previewText.pieces));
  report('html', html.source, compiled.problems);
  const { text, links } = plainText
    ? compileText(applyTrims(plainText.pieces), compiled.links)
    : { text: textFromHtml(applyTrims(html.pieces), compiled), links: compiled.links };
  if (links.length > linksMax)
    report('html', html.source, [{ offset: 0, message: `More than ${linksMax} links.` }]);
  if (!plainText && !isWhole(text)) report('plainText', '', [{ offset: 0, message: textAdvice }]);
  if (problems.length > 0) return { kind: 'refused', problems };

  lowerSource(compiled.html);
  return {
    kind: 'compiled',
    subject: emitAll(subject.pieces, 'header'),
    previewText: emitAll(previewText.pieces, 'header'),
    fromName: emitAll(fromName.pieces, 'header'),
    html: compiled.html,
    text,
    links,
    contactProperties: [...contactProperties].sort(),
  };
}

const textAdvice =
  'The text part cannot be made from this HTML, since a tag of the template would be torn apart: write the text part.';

/** What becomes a header has no line breaks. */
function onOneLine(source: string): string {
  return source.replace(/\p{Cc}/gu, ' ').trim();
}

/** In HTML the preview text is text; line breaks and quotes mean nothing there. */
function previewHtml(pieces: readonly Piece[]): string {
  return emitAll(
    pieces.map((piece) => (piece.kind === 'text' ? { ...piece, text: escapeWritten(piece.text) } : piece)),
    'html',
  );
}

/** An author may write `&amp;` or `&` in the preview text; both show as `&`. */
function escapeWritten(text: string): string {
  return text.replace(/&(?!#?\w+;)/g, '&amp;').replaceAll('<', '&lt;');
}

function isWhole(liquid: string): boolean {
  try {
    lowerSource(liquid);
    return true;
  } catch {
    return false;
  }
}
