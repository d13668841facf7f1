import { type Sink, textSink } from './sink.ts';
import { beginUrl, schemeOf } from './url-sinks.ts';

/** Functions that compute a color, a length or an image of colors. Any other could fetch or run something. */
const functionName =
  /^(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|calc|min|max|clamp|var|(?:repeating-)?(?:linear|radial|conic)-gradient)$/i;

/** One token of CSS (CSS Syntax 3, section 4), without the signs that end a value, and without escapes. */
const token =
  /\s+|(?<name>-{0,2}[\p{L}_][\p{L}\p{M}\p{N}_-]*)(?<call>\(?)|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?:%|[a-z]+)?|#[0-9a-f]+|"(?<double>[^"\\\p{Cc}]*)"|'(?<single>[^'\\\p{Cc}]*)'|[,*+-]|\/(?!\*)|!important/iuy;

const urlToken = /url\(\s*(?:"([^"]*)"|'([^']*)'|([^\s"'()]*))\s*\)/iy;

const declarationStart = /[\s;]*(-{0,2}[a-z][\w-]*)\s*:\s*/iy;

/** Properties that run something in old programs. */
const forbiddenProperty = /^(?:-ms-)?behavior$|^-moz-binding$/i;

/** Longest value that is read as CSS, in characters; the longest stack of fonts is far shorter. */
const cssLengthMax = 8_000;

type Read = Readonly<{ css: string; end: number }>;

/** Reads the value of a declaration up to a `;` or the end; undefined where it holds anything but known tokens. */
function readValue(text: string, start: number): Read | undefined {
  let [css, depth, at] = ['', 0, start];
  while (at < text.length && (text[at] !== ';' || depth > 0)) {
    const read = readToken(text, at);
    if (!read || depth + read.nesting < 0) return undefined;
    css += read.css;
    depth += read.nesting;
    at = read.end;
  }
  return depth === 0 ? { css: css.trim(), end: at } : undefined;
}

function readToken(text: string, at: number): (Read & Readonly<{ nesting: number }>) | undefined {
  if (text[at] === ')') return { css: ')', end: at + 1, nesting: -1 };
  const image = matchAt(urlToken, text, at);
  if (image) {
    const url = toCssUrl(beginUrl(image[1] ?? image[2] ?? image[3] ?? ''));
    return url === '' ? undefined : { css: `url('${url}')`, end: at + image[0].length, nesting: 0 };
  }
  const match = matchAt(token, text, at);
  if (!match) return undefined;
  const { name = '', call, double, single } = match.groups ?? {};
  const isCall = call === '(';
  if (isCall && !functionName.test(name)) return undefined;
  const words = double ?? single;
  const css = words === undefined ? match[0] : `'${escapeString(words)}'`;
  return { css, end: at + match[0].length, nesting: isCall ? 1 : 0 };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function readDeclarations(text: string): string {
  const declarations: string[] = [];
  let at = 0;
  while (at < text.length) {
    const start = matchAt(declarationStart, text, at);
    const value = start && readValue(text, at + start[0].length);
    if (value && !forbiddenProperty.test(start[1] ?? '')) declarations.push(`${start[1]}: ${value.css}`);
    const end = value ? value.end : text.indexOf(';', at + (start?.[0].length ?? 0));
    if (end === -1) break;
    at = end + 1;
  }
  return declarations.join('; ');
}

/** Escapes what could end a string of CSS, or the element or attribute that it stands in. */
function escapeString(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/["'\\<>&(){};]/g, (sign) => `\\${sign.charCodeAt(0).toString(16)} `);
}

/** Encodes what could end `url(…)`; what ends an attribute or a style is encoded in a URL already. */
function escapeUrl(url: string): string {
  return url.replace(/['"();\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function toCssUrl(url: string): string {
  const scheme = schemeOf(url);
  const isImage = scheme === undefined || scheme === 'http' || scheme === 'https' || scheme === 'cid';
  return isImage ? escapeUrl(url) : '';
}

/** Keeps letters, digits and a few signs. */
function toWords(text: string): string {
  return text.replace(/[^\w #%.,-]/g, '');
}

/** The sinks for values in styles, by where in the style the value lands (see `createCssReader`). */
export const cssSinks = {
  /** Stands in a selector or a name. Versions that were published before the others have it for every value. */
  css: textSink(toWords),
  /** Is the value of a declaration, or a part of one; what is no such value keeps its letters and digits. */
  css_value: textSink((text) => {
    if (/^[\w#%.-]*$/.test(text)) return text;
    const value = text.length > cssLengthMax ? undefined : readValue(text, 0);
    return value ? value.css : toWords(text);
  }),
  /** Is a whole declaration or several; those that do not fit are left out. */
  css_declarations: textSink((text) => (text.length > cssLengthMax ? '' : readDeclarations(text))),
  /** Stands in a quoted string. */
  css_string: textSink(escapeString),
  /** Is the whole URL of an image or font, encoded by a sink for URLs before. */
  css_url: textSink(toCssUrl),
  /** Is a part of such a URL. */
  css_url_part: textSink(escapeUrl),
} as const satisfies Readonly<Record<string, Sink>>;
