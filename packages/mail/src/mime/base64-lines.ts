/** Characters of a line (RFC 2045, section 6.8). */
const lineLength = 76;

/** Encodes bytes as base64 in lines of 76 characters, CRLF between them and none at the end. */
export function encodeBase64Lines(bytes: Uint8Array): string {
  const encoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  const lines: string[] = [];
  for (let start = 0; start < encoded.length; start += lineLength) {
    lines.push(encoded.slice(start, start + lineLength));
  }
  return lines.join('\r\n');
}
