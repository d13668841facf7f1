import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Answer, encode, type RecordType } from 'dns-packet';
import { createDnsClient } from './dns-client.ts';

const questionBytes = 12 + 'a.example'.length + 2 + 4;
const types = ['A', 'AAAA', 'MX', 'TXT', 'TLSA'] as const;

test('replies that are broken in any place end as an answer or as a failure, never as an error', async () => {
  const random = createRandom(20_260_501);
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('message', (query, { port }) => server.send(brokenReply(query, random), port));
  const { port } = server.address();
  const client = createDnsClient({ servers: [{ host: '127.0.0.1', port }], timeoutMs: 20, tries: 1 });

  const kinds = new Set<string>();
  for (let round = 0; round < 40; round += 1) {
    const answers = await Promise.all(types.map((type) => client.query('a.example', type)));
    for (const { kind } of answers) kinds.add(kind);
  }
  server.close();

  assert.ok(kinds.has('failed') && kinds.has('records'), [...kinds].join());
});

/** A good reply with the right id and question, a few bytes of whose answers are changed, or whose end is missing. */
function brokenReply(query: Buffer, random: () => number): Buffer {
  const type = types.find((name) => query.readUInt16BE(questionBytes - 4) === typeCodes[name]) ?? 'A';
  const id = query.readUInt16BE(0);
  const answers = [
    { type: 'CNAME' as const, name: 'a.example', ttl: 60, data: 'b.example' },
    ...recordsOf(type),
  ];
  const reply = encode({ type: 'response', id, questions: [{ type, name: 'a.example' }], answers });
  for (let count = 0; count < 3; count += 1) {
    const at = questionBytes + Math.floor(random() * (reply.length - questionBytes));
    reply[at] = Math.floor(random() * 256);
  }
  return random() < 0.2 ? reply.subarray(0, Math.floor(random() * reply.length)) : reply;
}

const typeCodes: Partial<Record<RecordType, number>> = { A: 1, AAAA: 28, MX: 15, TXT: 16, TLSA: 52 };

function recordsOf(type: (typeof types)[number]): Answer[] {
  const common = { name: 'b.example', ttl: 60 };
  switch (type) {
    case 'A':
      return [{ ...common, type, data: '192.0.2.1' }];
    case 'AAAA':
      return [{ ...common, type, data: '2001:db8::1' }];
    case 'MX':
      return [{ ...common, type, data: { preference: 10, exchange: 'mx.b.example' } }];
    case 'TXT':
      return [{ ...common, type, data: ['v=STSv1; ', 'id=1;'] }];
    case 'TLSA':
      return [
        { ...common, type, data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) } },
      ];
  }
}

/** Numbers from 0 up to but not 1, the same each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
