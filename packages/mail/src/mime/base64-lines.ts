/** 57 bytes make a line of 76 characters (RFC 2045, section 6.8). */
const lineBytes = 57;

/** Encodes bytes as base64 in lines of 76 characters, CRLF between them and none at the end. */
export function encodeBase64Lines(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: string[] = [];
  for (let start = 0; start < buffer.length; start += lineBytes) {
    lines.push(buffer.toString('base64', start, start + lineBytes));
  }
  return lines.join('\r\n');
}
