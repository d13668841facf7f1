import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { canonicalizeBody, canonicalizeField } from './canonical.ts';
import { generateDkimKeys, splitTxtValue } from './generate-keys.ts';
import { createDkimSigner, signMessage } from './sign.ts';

const atMs = Date.UTC(2026, 10, 21, 12);
const fields =
  'From: Ada <ada@example.com>\r\nTo: bob@example.net\r\nSubject: Hi\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n';
const { rsa, ed25519, signers, resolver } = await setUp();

test('both signatures of any body verify with mailauth', async () => {
  const bodies = [
    ...[
      '',
      '\r\n',
      '\r\n\r\n\r\n',
      'one line',
      'one line\r\n',
      'trailing blank lines\r\n\r\n\r\n',
      'trailing space \r\n',
    ],
    ...[
      'tab\there\t\r\n\tand\t \there\r\n',
      '   \r\n',
      ' ',
      ' \r\nx',
      'x\r\n ',
      'x\r\n \r\n',
      'a  b \t c\r\n\r\n d',
      '.\r\n..\r\n',
    ],
    ...['\u00e9\u00ff\u00a0 byte\r\n', `${'long '.repeat(2_000)}\r\n`, `${'x'.repeat(100_000)}\r\n`],
  ];

  for (const body of bodies)
    assert.deepEqual(await verify(fields, body), ['pass', 'pass'], JSON.stringify(body.slice(0, 40)));
});

test('both signatures of any headers verify with mailauth: folded, repeated, long, eight-bit, absent', async () => {
  const blocks = [
    'From: a@example.com\r\n',
    'from :  a@example.com  \r\nSUBJECT:\r\n folded\r\n\t \ttwice \r\n',
    `From: a@example.com\r\nSubject: ${'word '.repeat(190)}\r\n`,
    'From: a@example.com\r\nSubject:\r\nTo: a@b.example,\r\n b@c.example\r\n',
    'From: a@example.com\r\nList-Unsubscribe: <https://x.example/>\r\nList-Unsubscribe: <mailto:a@b.example>\r\n',
    'From: jos\u00c3\u00a9 <a@example.com>\r\nSubject: \u00a0odd\u00a0\r\n',
  ];

  for (const block of blocks) assert.deepEqual(await verify(block, 'body\r\n'), ['pass', 'pass'], block);
});

test('every message built of blanks, line ends and bytes verifies', async () => {
  const body = fc.array(fc.constantFrom(' ', '\t', '\r\n', 'a', 'b c', '\u00ff', '\u00a0', '.'), {
    maxLength: 40,
  });
  const value = fc.array(fc.constantFrom(' ', '\t', '\r\n x', 'a', ':', ';', '='), { maxLength: 20 });

  await fc.assert(
    fc.asyncProperty(body, value, async (parts, subject) => {
      const headers = `From: a@example.com\r\nSubject: x${subject.join('')}\r\n`;
      assert.deepEqual(await verify(headers, parts.join('')), ['pass', 'pass']);
    }),
    { numRuns: 150 },
  );
});

test('a header added, removed or changed after signing breaks both signatures', async () => {
  const signature = signMessage(signers, { headers: fields, body: 'x\r\n' }, atMs);
  const changes = [
    `Subject: Other\r\n${signature}${fields}`,
    `${signature}${fields}Subject: Other\r\n`,
    `${signature}${fields}Cc: mallory@example.org\r\n`,
    `${signature}Reply-To: mallory@example.org\r\n${fields}`,
    `${signature}${fields}Content-Type: text/html\r\n`,
    signature + fields.replace('Hi', 'Ho'),
    signature + fields.replace('To: bob@example.net\r\n', ''),
  ];

  for (const headers of changes)
    assert.deepEqual(await results(`${headers}\r\nx\r\n`), ['fail', 'fail'], headers.slice(-60));
});

test('a changed body breaks both signatures; blanks at line ends do not', async () => {
  const signed = signMessage(signers, { headers: fields, body: 'a b\r\n' }, atMs) + fields;

  assert.deepEqual(await results(`${signed}\r\na  b \r\n\r\n`), ['pass', 'pass']);
  assert.notDeepEqual(await results(`${signed}\r\nab\r\n`), ['pass', 'pass']);
});

test('the same message at the same time has the same signature, its lines at most 78 characters', () => {
  const [first, second] = [0, 1].map(() => signMessage(signers, { headers: fields, body: 'x' }, atMs));

  assert.equal(first, second);
  assert.ok(first?.split('\r\n').every((line) => line.length <= 78));
});

test('a message signed by one signer alone verifies; with no signer there is no field', async () => {
  const [signer] = signers;

  assert.deepEqual(await results(`${signer?.sign(fields, 'x\r\n', atMs)}${fields}\r\nx\r\n`), ['pass']);
  assert.equal(signMessage([], { headers: fields, body: '' }, atMs), '');
});

test('a key of the wrong kind, a short RSA key and names that would add tags are refused at once', () => {
  const key = createPrivateKey(rsa.privateKeyPem);
  const short = generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey;
  const name = { domain: 'example.com', selector: 's' };

  assert.throws(() => createDkimSigner({ ...name, key, algorithm: 'ed25519-sha256' }), TypeError);
  assert.throws(() => createDkimSigner({ ...name, key: short, algorithm: 'rsa-sha256' }), TypeError);
  for (const domain of ['example.com; x=1', 'a\r\nb', '', 'münchen.example']) {
    assert.throws(() => createDkimSigner({ ...name, domain, key, algorithm: 'rsa-sha256' }), TypeError);
  }
});

test('generated keys come with a TXT value, cut into strings of at most 255 bytes', () => {
  assert.match(rsa.dnsValue, /^v=DKIM1; k=rsa; p=[\w+/]{390,}=*$/);
  assert.match(ed25519.dnsValue, /^v=DKIM1; k=ed25519; p=[\w+/]{43}=$/);
  assert.equal(splitTxtValue(rsa.dnsValue).join(''), rsa.dnsValue);
  assert.deepEqual(
    splitTxtValue(rsa.dnsValue).map((part) => part.length <= 255),
    [true, true],
  );
});

test('relaxed canonicalisation gives the examples of RFC 6376, section 3.4.5', () => {
  assert.equal(canonicalizeField('A: X'), 'a:X');
  assert.equal(canonicalizeField('B : Y\t\r\n\tZ  '), 'b:Y Z');
  assert.equal(canonicalizeBody(' C \r\nD \t E\r\n\r\n\r\n'), ' C\r\nD E\r\n');
  assert.equal(canonicalizeBody(''), '');
});

async function verify(headers: string, body: string): Promise<string[]> {
  return await results(`${signMessage(signers, { headers, body }, atMs)}${headers}\r\n${body}`);
}

async function results(message: string): Promise<string[]> {
  const verified = await dkimVerify(Buffer.from(message, 'latin1'), { resolver, curTime: new Date(atMs) });
  return verified.results.map((result) => result.status.result);
}

async function setUp() {
  const keys = await generateDkimKeys();
  const records: Record<string, string> = {
    'r._domainkey.example.com': keys.rsa.dnsValue,
    'e._domainkey.example.com': keys.ed25519.dnsValue,
  };
  const make = (key: typeof keys.rsa, selector: string) =>
    createDkimSigner({
      domain: 'example.com',
      selector,
      key: createPrivateKey(key.privateKeyPem),
      algorithm: key.algorithm,
    });
  return {
    ...keys,
    signers: [make(keys.rsa, 'r'), make(keys.ed25519, 'e')],
    resolver: async (name: string) => [[records[name] ?? '']],
  };
}
