import { type Judgement, right, wrong } from './judgement.ts';

/** Compares what was found at a selector with the key that is to be there (RFC 6376, section 3.6.1; RFC 8463). */
export function judgeDkim(found: readonly string[], expected: string): Judgement {
  const keys = found.filter((text) => /(^|;)\s*p\s*=/.test(text));
  const [text] = keys;
  if (text === undefined) return wrong(found, 'The TXT record here is not a DKIM key. Replace it.');
  if (keys.length > 1) return wrong(found, 'There is more than one DKIM key here. Leave only this one.');
  const problem = problemOf(tagsOf(text), tagsOf(expected), text);
  return problem === null ? right : wrong(found, problem);
}

type Tags = ReadonlyMap<string, string>;

function problemOf(tags: Tags, expected: Tags, text: string): string | null {
  if (/["']|\\;/.test(text)) return 'The value holds quotation marks or backslashes. Enter it without them.';
  const key = tags.get('p') ?? '';
  const wanted = expected.get('p') ?? '';
  if (key === '') return 'The key is revoked: p= is empty. Enter the whole value.';
  if (key !== wanted && wanted.startsWith(key))
    return `The value is cut off: its key has ${key.length} of ${wanted.length} characters. Enter it as several strings.`;
  if (key !== wanted) return 'Another key is published here. Replace it with this value.';
  if ((tags.get('v') ?? 'DKIM1') !== 'DKIM1') return 'The value must begin with v=DKIM1.';
  if ((tags.get('k') ?? 'rsa') !== (expected.get('k') ?? 'rsa'))
    return `The value must say k=${expected.get('k')}.`;
  if (!listOf(tags, 'h', 'sha256').includes('sha256')) return 'h= must allow sha256; leave it out.';
  if (!listOf(tags, 's', '*').some((service) => service === '*' || service === 'email'))
    return 's= must allow email; leave it out.';
  if (listOf(tags, 't', '').includes('y'))
    return 't=y tells receivers to ignore the signature. Leave it out.';
  return null;
}

function listOf(tags: Tags, name: string, byDefault: string): string[] {
  return (tags.get(name) ?? byDefault).toLowerCase().split(':');
}

/** Tags and values without any white space, which folding may have put anywhere (RFC 6376, section 3.2). */
function tagsOf(text: string): Tags {
  return new Map(
    text.split(';').flatMap((part): [string, string][] => {
      const at = part.indexOf('=');
      return at < 0 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).replace(/\s+/g, '')]];
    }),
  );
}
