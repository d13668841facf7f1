import type { HeaderField } from './header-scan.ts';

/** A DKIM signature as a message carries it. That it is there does not mean that it verifies. */
export type DkimSignature = Readonly<{ domain: string; selector: string; algorithm: string }>;

/** The DKIM-Signature fields of a message, by their tags (RFC 6376, section 3.5); empty where a tag is missing. */
export function dkimSignatures(fields: readonly HeaderField[]): DkimSignature[] {
  return fields
    .filter(({ name }) => name.toLowerCase() === 'dkim-signature')
    .map(({ value }) => {
      const tags = new Map(value.split(';').map((tag) => tagOf(tag)));
      return { domain: tags.get('d') ?? '', selector: tags.get('s') ?? '', algorithm: tags.get('a') ?? '' };
    });
}

function tagOf(tag: string): [name: string, value: string] {
  const [name = '', ...value] = tag.split('=');
  return [name.trim(), value.join('=').trim()];
}
