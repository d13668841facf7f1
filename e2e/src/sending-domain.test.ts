import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { after, before, test } from 'node:test';
import { DomainView } from '@posthorn/contracts';
import { type DnsNode, type DnsServer, startDnsServer } from '@posthorn/testing';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { simpleParser } from 'mailparser';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { rawMessage, searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

/** The DNS of this test's world: what the domain's owner published. */
let dns: DnsServer;
let system: RunningSystem;
let emailId: number;

before(async () => {
  dns = await startDnsServer();
  system = await startRunningSystem({ DNS_SERVERS: dns.address, ALLOW_ANY_SENDING_DOMAIN: 'false' });
  emailId = await publishEmail(system.instance);
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});

test('mail leaves from a domain once its records are seen, signed with the keys that are in the DNS', {
  timeout: 120_000,
}, async () => {
  const early = await send('early@customer.example');
  assert.equal(await resultOf(early), 'UNCONFIGURED_SENDING_DOMAIN');

  const domain = await ask('POST', '/v1/domains', { domain: 'shop.example' });
  dns.serve(zoneOf(domain));
  const verified = await ask('POST', `/v1/domains/${domain.id}/verify`);
  assert.deepEqual(new Set(verified.records.map(({ state }) => state)), new Set(['verified']));

  await send('ready@customer.example');
  const raw = await arrived('ready@customer.example');
  assert.deepEqual(await signaturesOf(raw), selectorsOf(verified));
  const { html } = await simpleParser(raw);
  assert.match(String(html), /href="http:\/\/links\.shop\.example:\d+\/t\/c\//);
});

test('after a rotation the new keys sign from when they are seen', { timeout: 120_000 }, async () => {
  const domain = await theDomain();
  const old = selectorsOf(domain);

  const rotated = await ask('POST', `/v1/domains/${domain.id}/dkim/rotate`);
  const next = selectorsOf(rotated).filter((selector) => !old.includes(selector));
  await send('between@customer.example');
  assert.deepEqual(await signaturesOf(await arrived('between@customer.example')), old);

  dns.serve(zoneOf(rotated));
  await ask('POST', `/v1/domains/${domain.id}/verify`);
  let count = 0;
  await eventually(
    'the new keys to sign',
    async () => {
      count += 1;
      await send(`rotated${count}@customer.example`);
      const selectors = await signaturesOf(await arrived(`rotated${count}@customer.example`));
      return selectors.join() === next.join();
    },
    60_000,
  );
});

async function ask(method: string, path: string, body?: unknown): Promise<DomainView> {
  const answer = await call(system.instance, method, path, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return DomainView.parse(answer.body);
}

async function theDomain(): Promise<DomainView> {
  const answer = await call(system.instance, 'GET', '/v1/domains');
  const [first]: unknown[] = Object(answer.body).results;
  return DomainView.parse(first);
}

async function send(to: string): Promise<string> {
  const answer = await call(system.instance, 'POST', '/marketing/v3/transactional/single-email/send', {
    emailId,
    message: { to },
    customProperties: { order: '1' },
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return Object(answer.body).statusId;
}

function resultOf(statusId: string): Promise<string> {
  return eventually('the result', async () => {
    const { body } = await call(system.instance, 'GET', `/marketing/v3/email/send-statuses/${statusId}`);
    return Object(body).sendResult;
  });
}

/** The zone of a domain that published everything it was told to. */
function zoneOf({ records }: DomainView): Record<string, DnsNode> {
  const zone: Record<string, DnsNode> = {};
  for (const { host, type, value } of records) {
    const [preference, exchange = ''] = value.split(' ');
    const own: DnsNode =
      type === 'MX'
        ? { MX: [[Number(preference), exchange]] }
        : type === 'TXT'
          ? { TXT: [value] }
          : { CNAME: value };
    zone[host] = { ...zone[host], ...own };
  }
  return zone;
}

function selectorsOf({ records }: DomainView): string[] {
  return records.flatMap(({ host }) => /^(.+)\._domainkey\./.exec(host)?.[1] ?? []);
}

/** The selectors whose signatures verify with what is in the DNS; all must. */
async function signaturesOf(raw: Buffer): Promise<string[]> {
  const resolver = new Resolver();
  resolver.setServers([dns.address]);
  const { results } = await dkimVerify(raw, { resolver: async (name: string) => resolver.resolveTxt(name) });
  return results.map(({ status, selector }) => {
    assert.deepEqual([status.result, status.aligned], ['pass', 'shop.example']);
    return selector ?? '';
  });
}

async function arrived(to: string): Promise<Buffer> {
  const [message] = await eventually(`the message to ${to}`, async () => {
    const { messages } = await searchMailbox(system.instance, `to:${to}`);
    return messages.length > 0 && messages;
  });
  assert.ok(message);
  return rawMessage(system.instance, message.ID);
}
