import { Refusal } from '../errors.ts';
import { decode } from '../values/decode.ts';
import type { Doc } from '../values/doc.ts';
import { serializeReply } from './batch.ts';

/** Largest message, as `hello` announces it. */
export const messageBytesMax = 48_000_000;

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerBytes = 16;
const checksumPresent = 1;
const moreToCome = 2;
/** Bits 0 to 15 must be understood (MongoDB wire protocol, OP_MSG). */
const requiredFlags = 0xffff;

/** A command as it came over the wire. */
export type Request = Readonly<{
  requestId: number;
  /** The command, without the documents of its sequences. */
  body: Doc;
  /** The BSON of those documents, by the sequence's field. It lies in the message's own memory. */
  raw: ReadonlyMap<string, readonly Uint8Array[]>;
  /** True for the handshake of old: an OP_QUERY, answered by an OP_REPLY. */
  isQuery: boolean;
  /** True where the client wants no answer. */
  isUnacknowledged: boolean;
}>;

/** Reads one whole message. Throws `Refusal` where it is malformed or of a kind this server did not announce. */
export function parseRequest(message: Buffer): Request {
  const opCode = message.readInt32LE(12);
  if (opCode === opMsg) return parseMsg(message);
  if (opCode === opQuery) return parseQuery(message);
  throw new Refusal('IllegalOperation', `Unsupported wire operation ${opCode}`);
}

/** The request's id, also where the rest of it cannot be read. */
export function requestIdOf(message: Buffer): number {
  return message.readInt32LE(4);
}

/** Writes an answer in the form the request asks for. */
export function encodeReply(request: Pick<Request, 'requestId' | 'isQuery'>, body: Doc): Buffer {
  const bytes = serializeReply(body);
  const head = request.isQuery ? replyHead() : msgHead();
  head.writeInt32LE(head.length + bytes.length, 0);
  head.writeInt32LE(request.requestId, 8);
  return Buffer.concat([head, bytes]);
}

function msgHead(): Buffer {
  const head = Buffer.alloc(headerBytes + 5);
  head.writeInt32LE(opMsg, 12);
  return head;
}

function replyHead(): Buffer {
  const head = Buffer.alloc(headerBytes + 20);
  head.writeInt32LE(opReply, 12);
  // AwaitCapable, no cursor, from 0, one document.
  head.writeInt32LE(8, headerBytes);
  head.writeInt32LE(1, headerBytes + 16);
  return head;
}

function parseMsg(message: Buffer): Request {
  const flags = message.readUInt32LE(headerBytes);
  if ((flags & requiredFlags & ~(checksumPresent | moreToCome)) !== 0) {
    throw new Refusal('FailedToParse', `Unknown OP_MSG flags: ${flags}`);
  }
  const end = message.length - (flags & checksumPresent ? 4 : 0);
  const raw = new Map<string, Uint8Array[]>();
  let body: Doc | undefined;
  let offset = headerBytes + 4;
  while (offset < end) {
    const kind = message[offset];
    const start = offset + 1;
    const sizeBytes = message.readInt32LE(start);
    if (sizeBytes < 5 || start + sizeBytes > end)
      throw new Refusal('FailedToParse', 'OP_MSG section exceeds the message');
    const section = message.subarray(start, start + sizeBytes);
    if (kind === 0) body = decode(section);
    else if (kind === 1) readSequence(section, raw);
    else throw new Refusal('FailedToParse', `Unknown OP_MSG section kind ${kind}`);
    offset = start + sizeBytes;
  }
  if (!body) throw new Refusal('FailedToParse', 'OP_MSG without a body');
  return {
    requestId: requestIdOf(message),
    body,
    raw,
    isQuery: false,
    isUnacknowledged: (flags & moreToCome) !== 0,
  };
}

function readSequence(section: Buffer, into: Map<string, Uint8Array[]>): void {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new Refusal('FailedToParse', 'OP_MSG document sequence without a name');
  const documents: Uint8Array[] = [];
  let offset = nameEnd + 1;
  while (offset < section.length) {
    const sizeBytes = offset + 4 <= section.length ? section.readInt32LE(offset) : 0;
    if (sizeBytes < 5 || offset + sizeBytes > section.length) {
      throw new Refusal('FailedToParse', 'OP_MSG document exceeds its sequence');
    }
    documents.push(section.subarray(offset, offset + sizeBytes));
    offset += sizeBytes;
  }
  into.set(section.toString('utf8', 4, nameEnd), documents);
}

function parseQuery(message: Buffer): Request {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const namespace = message.toString('utf8', headerBytes + 4, nameEnd);
  if (nameEnd < 0 || !namespace.endsWith('.$cmd')) {
    throw new Refusal('CommandNotSupported', 'OP_QUERY is supported for the handshake only');
  }
  const body = decode(message.subarray(nameEnd + 9));
  return {
    requestId: requestIdOf(message),
    body: { ...body, $db: namespace.slice(0, -'.$cmd'.length) },
    raw: new Map(),
    isQuery: true,
    isUnacknowledged: false,
  };
}
