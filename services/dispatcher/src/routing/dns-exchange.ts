import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import {
  AUTHENTIC_DATA,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_DESIRED,
  type RecordType,
} from 'dns-packet';

/** A recursive resolver. */
export type DnsServerAddress = Readonly<{ host: string; port: number }>;

export type DnsQuestion = Readonly<{ name: string; type: RecordType }>;

/** Largest reply asked for over UDP: what passes any path unfragmented (DNS Flag Day 2020). */
const udpPayloadSize = 1_232;

/** The four low bits of a packet's flags (RFC 1035, section 4.1.1). */
export function rcodeOf({ flags = 0 }: DecodedPacket): number {
  return flags & 0xf;
}

/**
 * Asks one server one question, over UDP and, where the reply says that it is cut short, over TCP.
 *
 * Every query has a socket, and so a source port, of its own and a random id; a reply to anything else is passed over
 * (RFC 5452). Rejects with the system's error, or one with the code `ETIMEDOUT` past `timeoutMs`.
 */
export async function exchange(
  question: DnsQuestion,
  server: DnsServerAddress,
  timeoutMs: number,
): Promise<DecodedPacket> {
  const signal = AbortSignal.timeout(timeoutMs);
  const id = randomInt(0x10000);
  const query = encode({
    ...{ type: 'query', id, questions: [{ ...question }] },
    // AD in a query asks for AD in the reply, without signatures (RFC 6840, section 5.7).
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  const isReply = (packet: DecodedPacket) => packet.id === id && packet.flag_qr && answers(packet, question);
  const reply = await askOverUdp(query, server, isReply, signal);
  return reply.flag_tc ? await askOverTcp(query, server, isReply, signal) : reply;
}

type IsReply = (packet: DecodedPacket) => boolean;

function answers({ questions }: DecodedPacket, { name, type }: DnsQuestion): boolean {
  const [asked] = questions ?? [];
  return asked?.type === type && asked.name.toLowerCase() === name.toLowerCase();
}

async function askOverUdp(
  query: Buffer,
  { host, port }: DnsServerAddress,
  isReply: IsReply,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const stop = () => reject(timeoutError());
  signal.addEventListener('abort', stop);
  socket.on('error', reject);
  socket.on('message', (message) => {
    const packet = decoded(message);
    if (packet && isReply(packet)) resolve(packet);
  });
  // A connected socket hears nobody else.
  socket.once('connect', () => socket.send(query));
  socket.connect(port, host);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.close();
  }
}

async function askOverTcp(
  query: Buffer,
  { host, port }: DnsServerAddress,
  isReply: IsReply,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const socket = connect({ host, port });
  const stop = () => reject(timeoutError());
  signal.addEventListener('abort', stop);
  let input: Buffer = Buffer.alloc(0);
  socket.on('error', reject).on('close', () => reject(new Error('the server closed the connection')));
  socket.on('data', (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    if (input.length < 2 || input.length < 2 + input.readUInt16BE(0)) return;
    const packet = decoded(input.subarray(2, 2 + input.readUInt16BE(0)));
    if (packet && isReply(packet)) resolve(packet);
    else reject(new Error('the reply is no answer'));
  });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    // What is no DNS message answers no question.
    return undefined;
  }
}

function timeoutError(): Error {
  return Object.assign(new Error('no reply in time'), { code: 'ETIMEDOUT' });
}
