import { domainToASCII } from 'node:url';
import { percent } from '../header/encoded-word.ts';

/**
 * Writes a field of URLs (`List-Unsubscribe`, RFC 2369) in ASCII: the URLs stay URLs, so what is beyond ASCII is
 * percent-encoded (RFC 3987, section 3.1) and a host becomes A-labels. Comments and words around them are for nobody, and what
 * is beyond ASCII in them is percent-encoded too. `value` is decoded to characters and unfolded.
 */
export function toSafeUrls(value: string): string {
  return value.replace(/<([^<>]*)>|[^<>]+/gu, (whole, url: string | undefined) =>
    url === undefined ? toSafeUrl(whole) : `<${toSafeUrl(url)}>`,
  );
}

const withHost = /^(\s*[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?)([^/?#:]*)(.*)$/isu;
const mailto = /^(\s*mailto:)([^?]*)(.*)$/isu;

function toSafeUrl(url: string): string {
  const [, start = '', host = '', rest = ''] = withHost.exec(url) ?? [];
  if (host !== '') return encode(start) + toAsciiHost(host) + encode(rest);
  const [, scheme = '', addresses = '', fields = ''] = mailto.exec(url) ?? [];
  if (scheme === '') return encode(url);
  return scheme + addresses.split(',').map(toSafeAddress).join(',') + encode(fields);
}

/** RFC 6068, section 2: the local part percent-encoded. */
function toSafeAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return encode(address.slice(0, at + 1)) + toAsciiHost(address.slice(at + 1));
}

function toAsciiHost(host: string): string {
  return isAscii(host) ? host : domainToASCII(host.trim()) || encode(host);
}

function encode(text: string): string {
  return text.replace(/[^\0-\x7f]+/gu, (part) => percent(part, '%'));
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);
