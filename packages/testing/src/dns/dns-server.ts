import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listen } from '@posthorn/runtime';
import { decode } from 'dns-packet';
import { answerFor, type DnsQuery, queryIn } from './dns-answer.ts';
import type { DnsNode, DnsZone } from './dns-zone.ts';

/** A DNS server for tests, authoritative for whatever is in its zone. */
export type DnsServer = AsyncDisposable & {
  /** `127.0.0.1:port`, as `DNS_SERVERS` takes it. */
  address: string;
  port: number;
  /** Everything asked so far. */
  queries: readonly DnsQuery[];
  /** Answers from another zone from now on. */
  serve(zone: DnsZone): void;
  /** Adds names, or replaces them. */
  add(zone: DnsZone): void;
};

/** Starts a server on one free port of 127.0.0.1, UDP and TCP. It sets the AD bit, fails and flips as the zone says. */
export async function startDnsServer(zone: DnsZone = {}): Promise<DnsServer> {
  await using scope = new AsyncDisposableStack();
  const world = createWorld(zone);
  const tcp = createTcpServer(world);
  const { port } = scope.use(await listen(tcp, { host: '127.0.0.1', port: 0 }));
  const udp = createSocket('udp4');
  scope.defer(() => closeUdp(udp));
  udp.on('message', (message, { port: from, address }) => {
    const reply = world.answer(message, 'udp');
    if (reply) udp.send(reply, from, address);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  const opened = scope.move();

  return {
    ...{ address: `127.0.0.1:${port}`, port, queries: world.queries },
    serve: world.serve,
    add: world.add,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

type World = {
  queries: DnsQuery[];
  serve(zone: DnsZone): void;
  add(zone: DnsZone): void;
  answer(message: Buffer, transport: DnsQuery['transport']): Buffer | undefined;
};

function createWorld(first: DnsZone): World {
  const queries: DnsQuery[] = [];
  const seen = new Map<string, number>();
  let zone = first;

  function nodeFor({ name }: DnsQuery): DnsNode | undefined {
    const found = zone[name];
    if (!found || !isList(found)) return found;
    const at = seen.get(name) ?? 0;
    seen.set(name, at + 1);
    return found[Math.min(at, found.length - 1)];
  }

  return {
    queries,
    serve(next) {
      zone = next;
      seen.clear();
    },
    add(more) {
      zone = { ...zone, ...more };
    },
    answer(message, transport) {
      const query = queryIn(decode(message), transport);
      queries.push(query);
      return answerFor(query, nodeFor(query), (name) => {
        const node = zone[name];
        return node && isList(node) ? node[0] : node;
      });
    },
  };
}

function isList(node: DnsNode | readonly DnsNode[]): node is readonly DnsNode[] {
  return Array.isArray(node);
}

/** Messages over TCP carry their length in two bytes before them (RFC 1035, section 4.2.2). */
function createTcpServer(world: World) {
  return createServer((socket) => {
    let input: Buffer = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      input = Buffer.concat([input, chunk]);
      while (input.length >= 2 && input.length >= 2 + input.readUInt16BE(0)) {
        const end = 2 + input.readUInt16BE(0);
        const reply = world.answer(input.subarray(2, end), 'tcp');
        input = input.subarray(end);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply?.length ?? 0);
        if (reply) socket.write(Buffer.concat([length, reply]));
      }
    });
  });
}

async function closeUdp(udp: UdpSocket): Promise<void> {
  const closed = once(udp, 'close');
  udp.close();
  await closed;
}
