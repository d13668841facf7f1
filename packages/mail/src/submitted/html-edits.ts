import { QuoteType, Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { decodeAttribute } from '../template/html/attribute-value.ts';

/** The attribute by which an author opts a link out of click tracking; it never leaves. */
const optOut = 'data-posthorn-notrack';

/** A stretch of HTML to be replaced: a link's target by its tracking link, or an opt-out by nothing. */
export type HtmlEdit = Readonly<{ start: number; end: number }> &
  (Readonly<{ kind: 'link'; target: string; isQuoted: boolean }> | Readonly<{ kind: 'remove' }>);

export type HtmlEdits = Readonly<{
  /** In order, none within another. */
  edits: readonly HtmlEdit[];
  /** Before the last `</body>`, else `</html>`, else at the end; undefined where nothing is HTML. */
  pixelAt: number | undefined;
}>;

/** Shapes of VML are how buttons are made for Outlook, in conditional comments. */
const linkElement = /^(?:a|area|v:[a-z]+)$/i;

/** Links and opt-outs beyond these stay as they are: a click token counts to 65,535, and memory is bounded. */
const editsMax = 65_536;

type Attribute = { nameStart: number; nameEnd: number; start: number; end: number; quote: QuoteType };
type Tag = { href?: Attribute; optOut?: Attribute };
type Collected = { edits: HtmlEdit[]; bodyEnd?: number; htmlEnd?: number; hasTag: boolean };

/**
 * Finds what tracking changes in HTML: `href` of `<a>`, `<area>` and VML's shapes with an http or https target, opt-outs, and where the
 * pixel goes. Linear, in bounded memory; never throws.
 *
 * Comments, scripts, styles and the like hold no links; the inside of a conditional comment for Outlook is HTML to Outlook,
 * so it does. `decodeValue` makes characters of an attribute's bytes.
 */
export function findHtmlEdits(html: string, decodeValue: (value: string) => string): HtmlEdits {
  const collected: Collected = { edits: [], hasTag: false };
  scan(html, 0, { collected, decodeValue, isComment: false });
  const { edits, bodyEnd, htmlEnd, hasTag } = collected;
  return { edits, pixelAt: hasTag ? (bodyEnd ?? htmlEnd ?? html.length) : undefined };
}

type Scan = Readonly<{
  collected: Collected;
  decodeValue: (value: string) => string;
  isComment: boolean;
}>;

function scan(html: string, offset: number, scanned: Scan): void {
  const tokenizer = new Tokenizer({ decodeEntities: false }, callbacks(html, offset, scanned));
  tokenizer.write(html);
  tokenizer.end();
}

function callbacks(html: string, offset: number, scanned: Scan): TokenizerCallbacks {
  const { collected, isComment } = scanned;
  let tag: Tag | undefined;
  let attribute: Attribute | undefined;

  function endTag(): void {
    if (tag) takeTag(html, offset, { ...scanned, tag });
    tag = undefined;
  }

  return {
    onopentagname(start, end) {
      collected.hasTag = true;
      tag = end - start <= 20 && linkElement.test(html.slice(start, end)) ? {} : undefined;
      attribute = undefined;
    },
    onattribname(start, end) {
      attribute = tag && { nameStart: start, nameEnd: end, start: end, end, quote: QuoteType.NoValue };
    },
    onattribdata(start, end) {
      if (attribute) Object.assign(attribute, { start, end });
    },
    onattribend(quote, end) {
      if (!tag || !attribute) return;
      attribute.quote = quote;
      // An empty value has no data; `end` is behind the closing quote.
      if (quote !== QuoteType.NoValue && attribute.end === attribute.nameEnd)
        Object.assign(attribute, { start: end - 1, end: end - 1 });
      keepAttribute(html, tag, attribute);
    },
    onopentagend: endTag,
    onselfclosingtag: endTag,
    onclosetag(start, end) {
      if (isComment || end - start !== 4) return;
      const element = html.slice(start, end).toLowerCase();
      if (element === 'body') collected.bodyEnd = start - 2;
      if (element === 'html') collected.htmlEnd = start - 2;
    },
    oncomment(start, end, endOffset) {
      if (!isComment) scanConditional(html.slice(start, end - endOffset), start, scanned);
    },
    ...ignored,
  };
}

const ignore = (): void => {};
const ignored = {
  oncdata: ignore,
  ondeclaration: ignore,
  onprocessinginstruction: ignore,
  ontext: ignore,
  ontextentity: ignore,
  onattribentity: ignore,
  onend: ignore,
};

/** The first of two attributes of one name counts (HTML, section 13.2.5.33). */
function keepAttribute(html: string, tag: Tag, attribute: Attribute): void {
  const { nameStart, nameEnd } = attribute;
  const length = nameEnd - nameStart;
  if (length !== 4 && length !== optOut.length) return;
  const name = html.slice(nameStart, nameEnd).toLowerCase();
  if (name === 'href') tag.href ??= attribute;
  if (name === optOut) tag.optOut ??= attribute;
}

function takeTag(html: string, offset: number, { collected, decodeValue, tag }: Scan & { tag: Tag }): void {
  if (collected.edits.length + 2 > editsMax) return;
  if (tag.optOut) {
    collected.edits.push({ kind: 'remove', ...removal(html, tag.optOut, offset) });
    return;
  }
  if (!tag.href || tag.href.quote === QuoteType.NoValue) return;
  const { start, end, quote } = tag.href;
  const target = targetOf(html.slice(start, end), decodeValue);
  if (target === undefined) return;
  const isQuoted = quote !== QuoteType.Unquoted;
  collected.edits.push({ kind: 'link', start: offset + start, end: offset + end, target, isQuoted });
}

/** With a blank before it, so that nothing is left of it. */
function removal(
  html: string,
  { nameStart, nameEnd, end, quote }: Attribute,
  offset: number,
): { start: number; end: number } {
  const isQuoted = quote === QuoteType.Double || quote === QuoteType.Single;
  const valueEnd = quote === QuoteType.NoValue ? nameEnd : end + (isQuoted ? 1 : 0);
  const start = /\s/.test(html[nameStart - 1] ?? '') ? nameStart - 1 : nameStart;
  return { start: offset + start, end: offset + valueEnd };
}

/** Longest target looked at, in bytes with its references; a click token carries less. */
const targetBytesMax = 32_768;

/** As a browser reads a URL: references decoded, without line ends and tabs, and blanks around it (WHATWG URL, section 4.4). */
function targetOf(raw: string, decodeValue: (value: string) => string): string | undefined {
  if (raw.length > targetBytesMax) return undefined;
  const decoded = decodeAttribute(decodeValue(raw));
  const target = decoded.replace(/[\t\r\n]/g, '').trim();
  const isHttp = /^https?:\/\//i.test(target);
  return isHttp && !target.includes('\ufffd') ? target : undefined;
}

const conditionalEnd = '<![endif]';

function scanConditional(comment: string, start: number, scanned: Scan): void {
  const condition = /^\[if [^\]]{0,200}\]>/.exec(comment)?.[0];
  if (condition === undefined) return;
  const end = comment.endsWith(conditionalEnd) ? comment.length - conditionalEnd.length : comment.length;
  scan(comment.slice(condition.length, end), start + condition.length, { ...scanned, isComment: true });
}
