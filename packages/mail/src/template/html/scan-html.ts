import { QuoteType, Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** One attribute as written: positions in the source, value without its quotes. */
export type Attribute = {
  name: string;
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
  quote: 'none' | 'unquoted' | 'quoted';
};

/** A stretch of HTML that is not plain text. Its end is the position after its last character. */
export type Region = Stretch & {
  /** It lies in a conditional comment, so only Outlook sees it. */
  isInComment?: true;
};

type Stretch =
  | { kind: 'tag'; start: number; end: number; element: string; attributes: Attribute[] }
  | { kind: 'closing'; start: number; end: number; element: string }
  | { kind: 'comment'; start: number; end: number }
  | { kind: 'declaration'; start: number; end: number }
  /** The content of an element that holds no markup: `script`, `style`, `title`, `textarea`. */
  | { kind: 'raw'; start: number; end: number; element: string };

const rawElements: ReadonlySet<string> = new Set([
  'script',
  'style',
  'title',
  'textarea',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'plaintext',
]);

/**
 * Finds every tag, attribute and comment of `html` with its position, in order. Linear; never throws.
 *
 * The inside of a conditional comment for Outlook (`<!--[if mso]>…<![endif]-->`) is HTML to Outlook, so it is scanned too.
 */
export function scanHtml(html: string, offset = 0): Region[] {
  const regions: Region[] = [];
  const scanner = createScanner(html, offset, regions);
  const tokenizer = new Tokenizer({ decodeEntities: false }, scanner);
  tokenizer.write(html);
  tokenizer.end();
  return regions;
}

function createScanner(html: string, offset: number, regions: Region[]): TokenizerCallbacks {
  let tag: Extract<Region, { kind: 'tag' }> | undefined;
  let raw: Extract<Region, { kind: 'raw' }> | undefined;
  let attribute: Attribute | undefined;

  function endTag(end: number): void {
    if (!tag) return;
    tag.end = offset + end + 1;
    regions.push(tag);
    if (rawElements.has(tag.element)) {
      raw = { kind: 'raw', start: tag.end, end: offset + html.length, element: tag.element };
      regions.push(raw);
    }
    tag = undefined;
  }

  return {
    onopentagname(start, end) {
      const element = html.slice(start, end).toLowerCase();
      tag = { kind: 'tag', start: offset + start - 1, end: offset + html.length, element, attributes: [] };
    },
    onattribname(start, end) {
      const at = {
        nameStart: offset + start,
        nameEnd: offset + end,
        valueStart: offset + end,
        valueEnd: offset + end,
      };
      attribute = { name: html.slice(start, end).toLowerCase(), ...at, quote: 'none' };
      tag?.attributes.push(attribute);
    },
    onattribdata(start, end) {
      if (attribute) Object.assign(attribute, { valueStart: offset + start, valueEnd: offset + end });
    },
    onattribend(quote, end) {
      if (!attribute || quote === QuoteType.NoValue) return;
      attribute.quote = quote === QuoteType.Unquoted ? 'unquoted' : 'quoted';
      if (attribute.valueEnd === attribute.nameEnd) {
        // An empty value has no data; `end` is behind the closing quote.
        Object.assign(attribute, { valueStart: offset + end - 1, valueEnd: offset + end - 1 });
      }
    },
    onopentagend: endTag,
    onselfclosingtag: endTag,
    onclosetag(start, end) {
      const element = html.slice(start, end).toLowerCase();
      if (raw) raw.end = offset + start - 2;
      raw = undefined;
      const close = html.indexOf('>', end);
      regions.push({
        kind: 'closing',
        start: offset + start - 2,
        end: offset + (close === -1 ? html.length : close + 1),
        element,
      });
    },
    oncomment(start, end, endOffset) {
      regions.push(...commentRegions(html.slice(start, end - endOffset), offset + start));
    },
    oncdata: () => {},
    ondeclaration(start, end) {
      regions.push({ kind: 'declaration', start: offset + start - 1, end: offset + end + 1 });
    },
    onprocessinginstruction: () => {},
    ontext: () => {},
    ontextentity: () => {},
    onattribentity: () => {},
    onend() {
      // A tag that the template's end cuts off is still a tag: nothing in it is text.
      if (tag) regions.push(tag);
    },
  };
}

function commentRegions(comment: string, start: number): Region[] {
  const condition = /^\[if [^\]]*\]>/.exec(comment);
  const whole: Region = { kind: 'comment', start, end: start + comment.length };
  if (!condition) return [whole];
  const from = condition[0].length;
  const to = comment.endsWith('<![endif]') ? comment.length - '<![endif]'.length : comment.length;
  const inside = scanHtml(comment.slice(from, to), start + from);
  return inside.map((region) => ({ ...region, isInComment: true as const }));
}
