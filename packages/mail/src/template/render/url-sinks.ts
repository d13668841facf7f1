import { RenderFailure } from './missing.ts';
import { type Sink, textSink } from './sink.ts';

/** The schemes a mail may link to (row T05); `cid` names an inline image (RFC 2392). */
const schemes: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel', 'cid']);

/** Returns the scheme in lower case, or `undefined` for a relative URL. Blanks and control characters do not hide it. */
export function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\p{Cc} ]/gu, ''))?.[1]?.toLowerCase();
}

/** Tells whether a mail may carry this URL: a relative one, or one of an allowed scheme. */
export function isAllowedUrl(url: string): boolean {
  const scheme = schemeOf(url);
  return scheme === undefined || schemes.has(scheme);
}

const plainPath = /^[\w:/?#@!$&'()*+,;=.~-]*$/;
const plainUrl = /^[\w:/?#[\]@!$&'()*+,;=.~-]*$/;
const schemeAndHost = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#\\]*/i;
const badInUrl = /[^\w:/?#[\]@!$&'()*+,;=.~%-]|%(?![0-9a-fA-F]{2})/gu;
const badInHost = /[^\p{L}\p{M}\p{Nd}\w:/[\]@!$&'()*+,;=.~%-]|%(?![0-9a-fA-F]{2})/gu;
const badInPath = /[^\w:/?#@!$&'()*+,;=.~%-]|%(?![0-9a-fA-F]{2})/gu;

/**
 * Encodes what RFC 3986 allows nowhere in a URL; `%41` stays as it is, and so do the letters of an international host,
 * which a percent-encoded host would hide from some mail programs.
 */
function toUrlCharacters(text: string): string {
  if (plainUrl.test(text)) return text;
  const visible = text.toWellFormed().replace(/[\p{Cc} ]+/gu, (found) => (/^ +$/.test(found) ? found : ''));
  const trimmed = visible.trim();
  const host = schemeAndHost.exec(trimmed)?.[0] ?? '';
  return (
    host.replace(badInHost, encodeURIComponent) +
    trimmed.slice(host.length).replace(badInUrl, encodeURIComponent)
  );
}

function toPathCharacters(text: string): string {
  if (plainPath.test(text)) return text;
  return text.toWellFormed().replace(badInPath, encodeURIComponent);
}

/** Encodes every character that is not unreserved (RFC 3986, section 2.3). */
function toComponent(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  const encoded = encodeURIComponent(text.toWellFormed());
  if (!/[!'()*]/.test(encoded)) return encoded;
  return encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A value that begins a URL may bring an allowed scheme. Another bare word may not: `:` could follow it. */
export function beginUrl(text: string): string {
  const url = toUrlCharacters(text);
  const isSafe = isAllowedUrl(url) && (/[:./?#]/.test(url) || /^(?:https?|mailto|tel)$/i.test(url));
  return isSafe ? url : '';
}

/** Encodes the colons that could end a scheme, which are those before the first `/`, `?` or `#`. */
function withoutScheme(url: string): string {
  const end = url.search(/[/?#]/);
  const start = end === -1 ? url : url.slice(0, end);
  return start.replaceAll(':', '%3A') + url.slice(start.length);
}

const hostAndPort = /^(?:[\p{L}\p{M}\p{Nd}.-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?$|^[0-9a-f:.]*$/iu;

/** Refuses what could end the host or is in no host name, so that a value cannot lead a link to another site. */
function toHost(text: string): string {
  const host = text.trim();
  if (hostAndPort.test(host)) return host;
  throw new RenderFailure(
    'a value in the host of a URL must be a host name, if need be with a port, such as shop.example:8443',
  );
}

/** The sinks for values in URLs, by where in the URL the value lands (see `chooseUrlSink`). */
export const urlSinks = {
  /** Begins the URL, so it is the whole URL or its start. */
  url: textSink(beginUrl),
  /** Follows a value that began the URL and may have been empty: it brings no scheme. */
  url_rest: textSink((text) => {
    const url = toUrlCharacters(text);
    return schemeOf(url) === undefined ? url : url.replace(':', '%3A');
  }),
  /** Is the whole host. An empty one is refused, because browsers take the next segment of the path for the host then. */
  url_host: textSink((text) => {
    const host = toHost(text);
    if (host !== '') return host;
    throw new RenderFailure('a value that is the host of a URL must not be empty');
  }),
  /** Begins the host; more of the host follows. */
  url_host_start: textSink(toHost),
  /** Follows a part of the host: it continues the host, or ends it with `/`, `?` or `#`. */
  url_host_rest: textSink((text) =>
    /^\s*[/?#]/.test(text) ? toPathCharacters(text.trimStart()) : toHost(text),
  ),
  /** Stands in the path, or is the whole query: it keeps its own structure. */
  url_segments: textSink(toPathCharacters),
  /** Follows a `/` that begins a relative URL: a second one would make a host of what follows. */
  url_root: textSink((text) => toPathCharacters(text).replace(/^\//, '%2F')),
  /**
   * Stands where branches decide what comes before it, so it may neither bring a scheme nor end a host. Versions that
   * were published before `url_segments` have it for every value in a path.
   */
  url_path: textSink((text) => {
    const url = toPathCharacters(text).replaceAll('@', '%40');
    return /^[\w%-]+\.[\w%.-]*:\d{1,5}(?=[/?#]|$)/.test(url) ? url : withoutScheme(url);
  }),
  /** Stands in a query, a fragment or user information. */
  url_part: textSink(toComponent),
  /** Stands in the address of a mailto URL. */
  url_address: textSink((text) => toComponent(text.trim()).replaceAll('%40', '@')),
} as const satisfies Readonly<Record<string, Sink>>;
