import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodyOf, compiled, mail, renderDraft, type Values } from './fixture.ts';
import { createRenderer } from './render/create-renderer.ts';

/** The target of a link that is tracked, or of one that is not, as a browser reads it from the HTML. */
function linkOf(href: string, values: Values): string {
  const result = renderDraft({ html: `<body><a href="${href}">l</a></body>` }, values);
  if (result.kind !== 'rendered') return result.kind === 'failed' ? `failed: ${result.reason}` : result.kind;
  const link = result.html.find((part) => typeof part === 'object' && 'index' in part);
  return typeof link === 'object' && 'target' in link ? link.target : '';
}

function linkWith(href: string, v: unknown): string {
  return linkOf(href, { custom: { v } });
}

test('a value in a path keeps its slashes, its query, its fragment and what is encoded already', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['https://x.test{{ custom.v }}', '/o/6?t=a&l=de#top', 'https://x.test/o/6?t=a&l=de#top'],
    ['https://x.test/{{ custom.v }}', 'o/6?t=a&l=de', 'https://x.test/o/6?t=a&l=de'],
    ['https://x.test/{{ custom.v }}', 'a%20b%2Fc', 'https://x.test/a%20b%2Fc'],
    ['https://x.test/{{ custom.v }}', '100%', 'https://x.test/100%25'],
    ['https://x.test/{{ custom.v }}', '5%zz', 'https://x.test/5%25zz'],
    ['https://x.test/{{ custom.v }}/e', 'urn:isbn:1', 'https://x.test/urn:isbn:1/e'],
    ['https://x.test/{{ custom.v }}', 'a b"<c>\\d', 'https://x.test/a%20b%22%3Cc%3E%5Cd'],
    ['https://x.test/{{ custom.v }}', 'a\tb\n', 'https://x.test/a%09b%0A'],
    ['https://x.test/{{ custom.v }}', 'é🎉', 'https://x.test/%C3%A9%F0%9F%8E%89'],
    ['https://x.test/{{ custom.v }}', 'a\ud83d', 'https://x.test/a%EF%BF%BD'],
    ['https://x.test/o?{{ custom.v }}', 't=a b&l=de', 'https://x.test/o?t=a%20b&l=de'],
    ['https://x.test/o?a=1&amp;{{ custom.v }}', 't=a&l=de', 'https://x.test/o?a=1&t=a&l=de'],
    ['https:{{ custom.v }}', '//x.test/a?b=c', 'https://x.test/a?b=c'],
  ];

  for (const [href, value, target] of cases) assert.equal(linkWith(href, value), target, `${href} ${value}`);
});

test('a value in a query is encoded whole, as are a parameter’s name, a fragment and user information', () => {
  const value = "a b&c=d/?#+%20'(x)*!@:";
  const encoded = 'a%20b%26c%3Dd%2F%3F%23%2B%2520%27%28x%29%2A%21%40%3A';

  assert.equal(linkWith('https://x.test/?q={{ custom.v }}', value), `https://x.test/?q=${encoded}`);
  assert.equal(linkWith('https://x.test/?{{ custom.v }}=1', value), `https://x.test/?${encoded}=1`);
  assert.equal(linkWith('https://x.test/?q=a{{ custom.v }}', value), `https://x.test/?q=a${encoded}`);
  assert.equal(linkWith('https://x.test/#{{ custom.v }}', value), `https://x.test/#${encoded}`);
  assert.equal(linkWith('https://{{ custom.v }}@x.test/', value), `https://${encoded}@x.test/`);
  assert.equal(
    linkOf('{{ custom.base }}&amp;q={{ custom.v }}', { custom: { base: 'https://x.test/?a=1', v: value } }),
    `https://x.test/?a=1&q=${encoded}`,
  );
});

test('a value may be the host of a link, or a part of it, with a port', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['https://{{ custom.v }}/r?t=1', 'app.x.test:8443', 'https://app.x.test:8443/r?t=1'],
    ['https://{{ custom.v }}', ' app.x.test ', 'https://app.x.test'],
    ['https://{{ custom.v }}/', '[2001:db8::1]:8443', 'https://[2001:db8::1]:8443/'],
    ['https://[{{ custom.v }}]:8443/', '2001:db8::1', 'https://[2001:db8::1]:8443/'],
    ['https://{{ custom.v }}/', '192.0.2.1', 'https://192.0.2.1/'],
    ['https://{{ custom.v }}/', 'bücher.test', 'https://bücher.test/'],
    ['https://{{ custom.v }}.x.test/', 'acme', 'https://acme.x.test/'],
    ['https://{{ custom.v }}x.test/', '', 'https://x.test/'],
    ['https://x.{{ custom.v }}/a', 'test:1', 'https://x.test:1/a'],
    ['https://x.test:{{ custom.v }}/', '8443', 'https://x.test:8443/'],
  ];

  for (const [href, value, target] of cases) assert.equal(linkWith(href, value), target, `${href} ${value}`);
});

test('a value that does not fit into the host of a link drops the send, and the reason does not repeat it', () => {
  const hrefs = ['https://{{ custom.v }}/a', 'https://{{ custom.v }}', 'https://x{{ custom.v }}/a'];
  const values = [
    'e.test/x',
    'e.test\\x',
    'a@e.test',
    'a b',
    'a%2Fb',
    'https://e.test',
    'a:b',
    'e.test:123456',
  ];

  for (const href of hrefs)
    for (const value of values.filter((v) => !(href.includes('x{{') && /^[/?#]/.test(v)))) {
      const failure = linkWith(href, value);
      assert.match(failure, /^failed: .*host/, `${href} ${value}`);
      assert.ok(!failure.includes(value));
    }
  assert.match(linkWith('https://{{ custom.v }}/evil.test', ''), /^failed: .*empty/);
  assert.match(
    linkOf('https://{{ custom.a }}{{ custom.b }}', { custom: { a: '', b: '/e.test' } }),
    /^failed/,
  );
  assert.match(linkWith('https://x.test:{{ custom.v }}/', 'port'), /^failed/);
});

test('T05: no value brings a scheme of its own behind written text, in links and in images', () => {
  const hrefs = ['java{{ custom.v }}', '{% if custom.no %}https://x.test/{% endif %}{{ custom.v }}'];
  for (const href of hrefs)
    for (const v of ['script:alert(1)', 'javascript:alert(1)', 'data:text/html,x', '+:x']) {
      assert.doesNotMatch(bodyOf(`<img src="${href}">`, { custom: { v } }), /src="[a-z+]*:/i, `${href} ${v}`);
      assert.doesNotMatch(bodyOf(`<a href="${href}">l</a>`, { custom: { v } }), /href="[a-z+]*:/i);
    }
  assert.equal(
    linkWith('{% if custom.v %}https://x.test{% else %}https://y.test{% endif %}{{ custom.v }}', '@e.test'),
    'https://x.test%40e.test',
  );
  assert.equal(bodyOf('<a href="/{{ custom.v }}">', { custom: { v: '/e.test' } }), '<a href="/%2Fe.test">');
});

test('a value may be the scheme where it is one that mail has', () => {
  assert.equal(linkWith('{{ custom.v }}://x.test/a', 'https'), 'https://x.test/a');
  assert.equal(
    linkOf('{{ custom.v }}://{{ custom.h }}/', { custom: { v: 'http', h: 'x.test:80' } }),
    'http://x.test:80/',
  );
  for (const v of ['javascript', 'ftp', 'data'])
    assert.equal(linkWith('{{ custom.v }}://x.test/a', v), '://x.test/a');
});

test('a whole URL keeps the letters of an international host and encodes those of its path', () => {
  assert.equal(
    linkWith('{{ custom.v }}', 'https://bücher.test/ä?q=ö'),
    'https://bücher.test/%C3%A4?q=%C3%B6',
  );
});

test('a value in a mailto link is an address, and brings no recipients or fields', () => {
  const values = { custom: { v: 'a+b@x.test', e: 'a@x.test?bcc=e@x.test,f@x.test' } };

  assert.equal(bodyOf('<a href="mailto:{{ custom.v }}">', values), '<a href="mailto:a%2Bb@x.test">');
  assert.equal(
    bodyOf('<a href="mailto:{{ custom.e }}?subject={{ custom.v }}">', values),
    '<a href="mailto:a@x.test%3Fbcc%3De@x.test%2Cf@x.test?subject=a%2Bb%40x.test">',
  );
});

test('each image of a srcset has a URL of its own', () => {
  const custom = { a: 'https://x.test/a.png', b: 'https://x.test/b.png', p: 'c?d=1' };

  assert.equal(
    bodyOf('<img srcset="{{ custom.a }} 1x, {{ custom.b }} 2x, https://x.test/{{ custom.p }} 3x">', {
      custom,
    }),
    '<img srcset="https://x.test/a.png 1x, https://x.test/b.png 2x, https://x.test/c?d=1 3x">',
  );
});

test('a target that is written over several lines is the URL without them', () => {
  assert.equal(
    compiled({ html: '<a href="https://x.test/\n\ta">l</a>' }).links[0]?.target,
    'https://x.test/a',
  );
  assert.equal(linkWith('https://x.test/\n{{ custom.v }}', 'a'), 'https://x.test/a');
});

test('whatever a value in a path or a query is, the link stays at the host that the author wrote', () => {
  const hrefs = [
    'https://x.test/{{ custom.v }}',
    'https://x.test/?q={{ custom.v }}',
    'https://x.test/?{{ custom.v }}',
  ];

  fc.assert(
    fc.property(fc.constantFrom(...hrefs), fc.string({ unit: 'binary' }), (href, v) => {
      const url = new URL(linkWith(href, v));
      assert.equal(url.origin, 'https://x.test');
      if (href.includes('q=')) assert.deepEqual([...url.searchParams], [['q', v.toWellFormed()]]);
    }),
  );
});

test('a version that an earlier Posthorn published still renders, and its paths keep a query now', () => {
  const stored = {
    subject: '{{ contact.n | header }}',
    fromName: 'Shop',
    html: '<a href="\u00010\u0002https://x.test{{ custom.p | url_path }}\u0003"><img src="https://x.test/{{ custom.p | url_path | html }}?a={{ custom.p | url_part | html }}">\u0004',
    text: 'l <\u00010\u0002https://x.test{{ custom.p | url_path }}\u0003>\n\n\n\n{{ custom.c | css }}',
    links: [
      { index: 0, target: 'https://x.test{{ custom.p | url_path }}', isDynamic: true, isTracked: true },
    ],
  };

  const result = createRenderer(stored).render({
    contact: { n: 'N' },
    custom: { p: '/a?b=c', c: '#fff;' },
    account: {},
  });

  assert.equal(result.kind, 'rendered');
  if (result.kind !== 'rendered') return;
  assert.deepEqual(result.text, [
    'l <',
    { index: 0, target: 'https://x.test/a?b=c', isTracked: true },
    '>\n\n#fff',
  ]);
});

test('the URLs of a text part treat values as those of the HTML do', () => {
  const { text } = mail(
    { html: '<p>x</p>', plainText: 'a https://{{ custom.h }}/{{ custom.p }}?q={{ custom.p }} b' },
    { custom: { h: 'x.test:8443', p: 'o/1' } },
  );

  assert.equal(text, 'a https://x.test:8443/o/1?q=o%2F1 b');
});
