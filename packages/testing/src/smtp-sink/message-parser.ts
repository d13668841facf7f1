/** A whole message and the input that followed its final dot. */
export type ParsedMessage = Readonly<{
  /** With dots unstuffed; of a parser that does not keep, only what arrived first, with the header. */
  message: Buffer;
  sizeBytes: number;
  rest: Buffer;
}>;

const terminator = Buffer.from('\r\n.\r\n');

/**
 * Collects a message up to its final dot: exactly CRLF, dot, CRLF, as RFC 5321, section 4.1.1.4 has it. Nothing else
 * ends it, so that a sender which emits anything else is found out.
 */
export type MessageParser = { push(chunk: Buffer): ParsedMessage | undefined };

/** `keep` false counts the bytes and forgets them, so that a bench does not pay for them. */
export function createMessageParser({ keep }: { keep: boolean }): MessageParser {
  // The CRLF of the DATA command itself precedes the first line, so an empty message ends there too.
  const start = Buffer.from('\r\n');
  const chunks: Buffer[] = [start];
  let seenBytes = start.length;
  let tail: Buffer = start;

  return {
    push(chunk) {
      const joined = Buffer.concat([tail, chunk]);
      const at = joined.indexOf(terminator);
      if (keep || chunks.length < 2) chunks.push(chunk);
      if (at < 0) {
        seenBytes += chunk.length;
        tail = joined.subarray(-(terminator.length - 1));
        return undefined;
      }
      const sizeBytes = Math.max(0, seenBytes - tail.length + at);
      const message = unstuff(Buffer.concat(chunks).subarray(2, 2 + sizeBytes));
      return { message, sizeBytes, rest: joined.subarray(at + terminator.length) };
    },
  };
}

function unstuff(message: Buffer): Buffer {
  if (message[0] !== 0x2e && !message.includes('\n.')) return message;
  return Buffer.from(message.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1'), 'latin1');
}
