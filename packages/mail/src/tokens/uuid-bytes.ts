const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** The 16 bytes of a UUID's text in either case, or null when it is none. */
export function uuidToBytes(text: string): Buffer | null {
  return uuid.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : null;
}

/** A UUID's text, in lower case, from its 16 bytes. */
export function uuidFromBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
