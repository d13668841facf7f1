import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { aMail, bytesOf, copyOf, htmlMail } from './fixture.ts';

const link = '<a href="https://x.test/?a=1&amp;b=ü">Grüße</a>';
const target = /https:\/\/t\.test\/c\/0\?to=https%3A%2F%2Fx\.test%2F%3Fa%3D1%26b%3D%C3%BC&amp;x/;
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const base64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64');

async function parsed(raw: string) {
  return simpleParser(Buffer.from(bytesOf(copyOf(raw)), 'latin1'));
}

const charsets: readonly (readonly [charset: string, encoding: string, content: string])[] = [
  ['utf-8', '8bit', utf8(link)],
  [
    'utf-8',
    'quoted-printable',
    link.replaceAll('=', '=3D').replaceAll('ü', '=C3=BC').replaceAll('ß', '=C3=9F'),
  ],
  ['utf-8', 'base64', base64(utf8(link))],
  ['iso-8859-1', '8bit', Buffer.from(link, 'latin1').toString('latin1')],
  ['windows-1252', 'base64', base64(link)],
  ['utf-16', 'base64', Buffer.from(`\ufeff${link}`, 'utf16le').toString('base64')],
  ['utf-16be', 'base64', Buffer.from(link, 'utf16le').swap16().toString('base64')],
  ['UTF-8', 'BINARY', utf8(link)],
];

for (const [charset, encoding, content] of charsets) {
  test(`links are found and everything else stays, in ${charset} as ${encoding}`, async () => {
    const copy = copyOf(htmlMail(content, { charset, encoding }));
    const mail = await parsed(htmlMail(content, { charset, encoding }));

    assert.match(String(mail.html), target);
    assert.match(String(mail.html), />Grüße<\/a>[\s\S]*<img src="https:\/\/t\.test\/o\.gif"/);
    assert.match(bytesOf(copy), /^[\r\n\t -~]*$/);
  });
}

test('what looks like a tag between the shifts of ISO-2022-JP is none, and stays to the byte', () => {
  const shifted = '\u001b$B<a href=http://x.test/>\u001b(B';

  const { body } = copyOf(htmlMail(`${shifted}<a href="http://x.test/">`, { charset: 'iso-2022-jp' }));

  assert.ok(body.includes(shifted));
  assert.equal(body.match(/t\.test\/c\//g)?.length, 1);
});

test('HTML in a charset that does not hold ASCII, or in an unknown encoding, stays as it came', () => {
  for (const given of [
    { charset: 'utf-7' },
    { charset: 'utf-32' },
    { charset: 'ibm037' },
    { encoding: 'x-uuencode' },
  ]) {
    const raw = htmlMail('<a href="http://x.test/">', given);
    assert.equal(copyOf(raw).body, '<a href="http://x.test/">\r\n');
  }
});

test('an unknown charset is read as one that holds ASCII', () => {
  assert.match(
    copyOf(htmlMail('<a href="http://x.test/">\xe9', { charset: 'x-mine' })).body,
    /t\.test\/c\/0/,
  );
});

test('base64 that goes on behind its end is not understood alike by all, and stays', () => {
  const content = `${base64('<a href="http://x.test/1">')}=\r\n${base64('<a href="http://x.test/2">')}`;

  assert.equal(copyOf(htmlMail(content, { encoding: 'base64' })).body, `${content}\r\n`);
});

test('base64 keeps line ends as they are, and quoted-printable lines stay within 76 characters', () => {
  const html = `<p>1</p>\n<p>2</p>\r${'<p>long</p>'.repeat(30)}`;

  const coded = copyOf(htmlMail(base64(html), { encoding: 'base64' }));
  const quoted = copyOf(
    htmlMail(`${'<p>long</p>'.repeat(80)}\xe9<a href="http://x.test/">`, { encoding: '8bit' }),
  );

  assert.ok(Buffer.from(coded.body, 'base64').toString().startsWith(html));
  assert.match(quoted.headers, /^Content-Transfer-Encoding: quoted-printable\r$/m);
  assert.ok(quoted.body.split('\r\n').every((line) => line.length <= 76));
});

test('S11: a line that a tracking link makes longer than 998 bytes is encoded anew', () => {
  const { headers, body } = copyOf(htmlMail(`${'x'.repeat(950)}<a href="http://x.test/${'y'.repeat(20)}">`));

  assert.match(headers, /^Content-Transfer-Encoding: quoted-printable\r$/m);
  assert.ok(body.split('\r\n').every((line) => line.length <= 998));
});

const attachment = aMail(
  ...['Content-Type: application/pdf; name="a.pdf"', 'content-transfer-ENCODING:  base64', ''],
  ...['JVBERi0xLjcKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURl', '  oddly wrapped ='],
);
const untouchedParts: readonly (readonly [what: string, part: string])[] = [
  ['an attachment', attachment],
  [
    'attached HTML',
    aMail('Content-Type: text/html', 'Content-Disposition: attachment', '', '<a href="http://x.test/">'),
  ],
  ['named HTML', aMail('Content-Type: text/html; name="report.html"', '', '<a href="http://x.test/">')],
  [
    'HTML with a file name',
    aMail(
      'Content-Type: text/html',
      "Content-Disposition: inline; filename*=utf-8''a.html",
      '',
      '<a href="http://x.test/">',
    ),
  ],
  [
    'a calendar',
    aMail('Content-Type: text/calendar; method=REQUEST', '', 'BEGIN:VCALENDAR', 'URL:http://x.test/'),
  ],
  [
    'a forwarded message',
    aMail('Content-Type: message/rfc822', '', 'Content-Type: text/html', '', '<a href="http://x.test/">'),
  ],
  [
    'a signed part',
    aMail(
      'Content-Type: multipart/signed; boundary=s',
      '',
      '--s',
      'Content-Type: text/html',
      '',
      '<a href="http://x.test/">\xe9',
      '--s--',
    ),
  ],
  [
    'an encrypted part',
    aMail(
      'Content-Type: multipart/encrypted; boundary=s',
      '',
      '--s',
      'Content-Type: text/html',
      '',
      '<a href="http://x.test/">',
      '--s--',
    ),
  ],
  ['an S/MIME part', aMail('Content-Type: application/pkcs7-mime', '', '<a href="http://x.test/">')],
  ['AMP', aMail('Content-Type: text/x-amp-html', '', '<a href="http://x.test/">')],
  [
    'two Content-Types',
    aMail('Content-Type: text/html', 'Content-Type: text/plain', '', '<a href="http://x.test/">'),
  ],
  ['a header without a colon', aMail('Content-Type: text/html', 'oops', '', '<a href="http://x.test/">')],
  [
    'a multipart without a boundary',
    aMail(
      'Content-Type: multipart/mixed',
      '',
      '--x',
      'Content-Type: text/html',
      '',
      '<a href="http://x.test/">',
    ),
  ],
  ['a part without a body', 'Content-Type: text/html\r\n'],
];

for (const [what, part] of untouchedParts) {
  test(`stays to the byte beside a tracked part: ${what}`, () => {
    const raw = mixed('Content-Type: text/html\r\n\r\n<a href="http://y.test/">\r\n', part);

    const { body } = copyOf(raw);

    assert.ok(body.includes(`\r\n--m\r\n${part}--m--\r\n`), body);
    assert.equal(body.match(/t\.test\/c\//g)?.length, 1);
  });
}

for (const type of [
  'multipart/signed; boundary=s',
  'multipart/encrypted; boundary=s',
  'application/pkcs7-mime; smime-type=signed-data',
])
  test(`a whole message of ${type} leaves with its body to the byte`, () => {
    const body =
      '--s\r\nContent-Type: text/html\r\n\r\n<a href="http://x.test/">\xe9\r\n--s--\r\nepilogue\r\n';
    const raw = `From: a@shop.test\r\nBcc: b@x.test\r\nContent-Type: ${type}\r\n\r\n${body}`;

    const copy = copyOf(raw);

    assert.equal(copy.body, body);
    assert.doesNotMatch(copy.headers, /bcc/i);
  });

test('F33: text and files of 8 bits are encoded anew, since no later server can be asked; names become RFC 2231', async () => {
  const text = utf8(
    'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße aus Köln, lang genug\r\n',
  );
  const file = utf8(
    'Content-Type: application/octet-stream; name="März.bin"\r\nContent-Disposition: attachment;\r\n filename="März.bin"\r\nContent-Transfer-Encoding: binary\r\n\r\n\u0001\u0080ÿ\r\n',
  );

  const mail = await parsed(mixed(text, file));
  const { body } = copyOf(mixed(text, file));

  assert.equal(mail.text?.trim(), 'Grüße aus Köln, lang genug');
  assert.equal(mail.attachments[0]?.filename, 'März.bin');
  assert.deepEqual(mail.attachments[0]?.content, Buffer.from('\u0001\u0080ÿ'));
  assert.match(body, /^[\r\n\t -~]*$/);
});

test('F33: what stands around the parts, and nobody is shown, is made ASCII in short lines', () => {
  const around = (text: string): string =>
    `Content-Type: multipart/alternative; boundary=a\r\n\r\n${text}\r\n--a\r\n\r\nx\r\n--a--\r\n${text}\r\n`;

  assert.ok(copyOf(mixed(around('\xe9'))).body.includes(around('?')));
  assert.ok(
    copyOf(mixed(around('y'.repeat(1_500)))).body.includes(
      around(`${'y'.repeat(900)}\r\n ${'y'.repeat(600)}`),
    ),
  );
});

test('text of 8 bits in a message that says nothing of itself is UTF-8', async () => {
  const mail = await parsed(
    aMail('From: a@shop.test', 'Subject: s', '', utf8('Grüße aus Köln, lang genug für QP')),
  );

  assert.equal(mail.text?.trim(), 'Grüße aus Köln, lang genug für QP');
});

test('S02: bare CR and LF become line ends, NUL goes', () => {
  assert.equal(copyOf('From: a@shop.test\nSubject: s\r\n\ra\0b\rc\nd').body, 'ab\r\nc\r\nd\r\n');
});

test('the pixel stands once, but in each of several alternatives', () => {
  const part = (content: string): string => `Content-Type: text/html\r\n\r\n<p>${content}\r\n`;
  const alternative = `Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n${part('1')}--a\r\n${part('2')}--a--\r\n`;
  const pixels = (raw: string): number => copyOf(raw).body.match(/o\.gif/g)?.length ?? 0;

  assert.equal(pixels(mixed(part('1'), part('2'))), 1);
  assert.equal(pixels(mixed(alternative, part('3'))), 2);
});

test('links are counted through the whole message', () => {
  const part = 'Content-Type: text/html\r\n\r\n<a href="http://x.test/1"><a href="http://x.test/2">\r\n';

  const indexes = [...copyOf(mixed(part, part)).body.matchAll(/t\.test\/c\/(\d+)/g)].map(
    ([, index]) => index,
  );

  assert.deepEqual(indexes, ['0', '1', '2', '3']);
});

test('a copy without tracking has its body to the byte', () => {
  const raw = mixed('Content-Type: text/html\r\n\r\n<a href="http://x.test/1">\r\n', attachment);

  assert.equal(copyOf(raw, { tracking: null }).body, raw.slice(raw.indexOf('\r\n\r\n') + 4));
});

test('a message read for its header alone keeps its body', () => {
  const copy = copyOf(htmlMail('<a href="http://x.test/">'), { isHeaderOnly: true });

  assert.equal(copy.body, '<a href="http://x.test/">\r\n');
  assert.match(copy.headers, /X-HubSpot-MID: mid/);
});

test('a boundary that is cut short, reused, closed twice or never does not lose a byte', () => {
  const part = 'Content-Type: text/plain\r\n\r\nx\r\n';
  const bodies = [
    `--m\r\n${part}`,
    `--m\r\n${part}--m-\r\n--mm\r\n`,
    `--m--\r\n--m--\r\n--m\r\n${part}`,
    '--m',
    '',
    '--m\r\n--m\r\n\r\n--m\r\n',
  ];

  for (const body of bodies) {
    const raw = `From: a@shop.test\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n${body}`;
    assert.equal(copyOf(raw).body, body === '' || body.endsWith('\r\n') ? body : `${body}\r\n`);
  }
});

test('H07: too many parts or too deep a nesting leaves the message untracked, not broken', () => {
  const part = '--m\r\nContent-Type: text/html\r\n\r\n<a href="http://x.test/">\r\n';
  const many = `From: a@shop.test\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n${part.repeat(10_000)}--m--\r\n`;
  const deep = Array.from(
    { length: 1_000 },
    (_, index) => `Content-Type: multipart/mixed; boundary=b${index}\r\n\r\n--b${index}\r\n`,
  ).join('');

  assert.equal(copyOf(many).body, many.slice(many.indexOf('\r\n\r\n') + 4));
  assert.ok(copyOf(`From: a@shop.test\r\n${deep}${part}`).body.endsWith(part));
});

function mixed(...parts: string[]): string {
  const head = aMail(
    'From: a@shop.test',
    'Subject: s',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="m"',
    '',
  );
  return `${head}${parts.map((part) => `--m\r\n${part}`).join('')}--m--\r\n`;
}
