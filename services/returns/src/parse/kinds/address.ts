/**
 * Matches an address inside a text: in angle brackets, or bare between characters that surround addresses in reports.
 */
const pattern =
  /<([^\s<>"]{1,64}@[^\s<>"@]{1,255})>|([^\s<>()[\]{}:;,"'`=|*\\/?][^\s<>()[\]{}:;,"`|*\\]{0,63}@[^\s<>()[\]{}:;,"'`=|*\\/?@]{1,255})/u;

/** Longest text of one field that an address is looked for in. */
const readMax = 2_000;

/** An address and where in its text it stands, with the brackets around it. */
export type FoundAddress = Readonly<{ address: string; start: number; end: number }>;

/** Finds the first address of a text. */
export function findAddress(text: string): FoundAddress | undefined {
  const match = pattern.exec(text.slice(0, readMax));
  if (!match) return undefined;
  const address = cleanAddress(match[1] ?? match[2] ?? '');
  return { address, start: match.index, end: match.index + match[0].length };
}

/**
 * Returns the address that a field of a report names, without type, brackets and comments and in lower case, or an
 * empty string. `rfc822; <Ada@example.com>` and X.400 forms with `SMTP=ada@example.com` both give one.
 */
export function addressOf(value: string): string {
  const text = withoutType(value.slice(0, readMax)).trim();
  const plain = /^<?("(?:[^"\\]|\\.){1,64}"@[\w.[\]:-]{1,255}|[^\s<>()";,]{1,64}@[^\s<>()";,@]{1,255})/.exec(
    text,
  );
  return plain ? cleanAddress(plain[1] ?? '') : (findAddress(text)?.address ?? '');
}

function cleanAddress(address: string): string {
  return address
    .replace(/^smtp=/i, '')
    .replace(/[.!>]+$/, '')
    .toLowerCase()
    .slice(0, 320);
}

/** Returns a typed value without its type (RFC 3464, section 2.1.2): `a@b` of `rfc822; a@b`. */
export function withoutType(value: string): string {
  const match = /^[\w-]{1,40}\s{0,20};\s{0,20}/.exec(value);
  return match ? value.slice(match[0].length) : value;
}
