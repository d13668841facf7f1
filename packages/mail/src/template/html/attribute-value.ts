import { Parser } from 'htmlparser2';

/** An attribute's value with its character references decoded, as a browser reads it (HTML, section 13.2.5.73). */
export function decodeAttribute(raw: string): string {
  if (!raw.includes('&')) return raw;
  let value = raw;
  const parser = new Parser({ onattribute: (_, decoded) => (value = decoded) });
  parser.end(`<a v="${raw.replaceAll('"', '&quot;')}">`);
  return value;
}

const urlAttributes: ReadonlySet<string> = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'background',
  'cite',
  'poster',
  'data',
  'longdesc',
  'xlink:href',
  'srcset',
  'lowsrc',
  'dynsrc',
]);

/** Whether an attribute of this name holds a URL. */
export function isUrlAttribute(name: string): boolean {
  return urlAttributes.has(name);
}

/** Whether no value may be put into an attribute of this name: it holds a script, a document, or is fetched unseen. */
export function isForbiddenAttribute(name: string): boolean {
  return name.startsWith('on') || name === 'srcdoc' || name === 'ping' || name === 'http-equiv';
}
