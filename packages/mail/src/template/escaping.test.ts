import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, mail, refused, show } from './fixture.ts';

const nasty = `<script>alert("1")</script> & 'x'`;
const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;';

test('T04: a value in HTML text or in a quoted attribute cannot end it', () => {
  const values = { contact: { x: nasty } };

  assert.equal(bodyOf('<p>{{ contact.x }}</p>', values), `<p>${escaped}</p>`);
  assert.equal(bodyOf('<p title="{{ contact.x }}">', values), `<p title="${escaped}">`);
  assert.equal(bodyOf("<p title='a {{ contact.x }}'>", values), `<p title='a ${escaped}'>`);
  assert.match(
    mail({ html: '<html><head><title>{{ contact.x }}</title></head></html>' }, values).html,
    /<title>&lt;script/,
  );
});

test('T04: a value is never rendered a second time', () => {
  const values = { contact: { x: '{{ contact.secret }}{% raw %}', secret: 's' }, custom: { y: '{{ 1 }}' } };

  assert.equal(bodyOf('{{ contact.x }}{{ custom.y|upper }}', values), '{{ contact.secret }}{% raw %}{{ 1 }}');
  assert.equal(bodyOf('{% set a = contact.x %}{{ a }}', values), '{{ contact.secret }}{% raw %}');
});

test('T04: a value brings no line break and no control character into a header', () => {
  const values = { contact: { x: 'a\r\nBcc: v@x.test\u0000\u001b[1mb\u0085c' } };

  const { subject, fromName } = mail({ subject: 'Hi {{ contact.x }}', fromName: '{{ contact.x }}' }, values);

  assert.equal(subject, 'Hi a Bcc: v@x.test [1mb c');
  assert.equal(fromName, 'a Bcc: v@x.test [1mb c');
});

test('T04: a property of 1 MB is cut in a subject and whole in a body', () => {
  const values = { contact: { x: 'y'.repeat(1_000_000) } };

  assert.equal(show('{{ contact.x }}', values).length, 1_000);
  assert.equal(bodyOf('{{ contact.x }}', values).length, 1_000_000);
});

test('a subject and a truncated text are cut between characters as a reader sees them', () => {
  const cases = ['🎉', '👩‍👩‍👧‍👦', 'é', '🇩🇪', '각'];
  for (const character of cases) {
    const subject = show('{{ contact.x }}', { contact: { x: `y${character.repeat(1_000)}` } });
    assert.equal(subject.slice(1).replaceAll(character, ''), '', character);
    assert.ok(subject.length > 960 && subject.length <= 1_000, character);
  }
  assert.equal(show('{{ contact.x|truncate(4, true, "") }}', { contact: { x: 'abc👩‍👩‍👧d' } }), 'abc');
  assert.equal(
    show('{{ contact.x }}', { contact: { x: `\u{1f600}${'\u0301'.repeat(2_000)}` } }).length,
    1_000,
  );
});

test('a value in a query is a component, in a path it keeps its structure, and urlencode is not done twice', () => {
  const custom = { q: 'a b&c=d/é#"', p: '../x y?z' };
  const link = (href: string) => /href="([^"]*)"/.exec(bodyOf(`<a href="${href}">l</a>`, { custom }))?.[1];

  assert.equal(
    link('https://x.test/?q={{ custom.q }}&amp;r=1'),
    'https://x.test/?q=a%20b%26c%3Dd%2F%C3%A9%23%22&amp;r=1',
  );
  assert.equal(link('https://x.test/{{ custom.p }}'), 'https://x.test/../x%20y?z');
  assert.equal(
    link('https://x.test/?q={{ custom.q|urlencode }}'),
    'https://x.test/?q=a%20b%26c%3Dd%2F%C3%A9%23%22',
  );
  assert.equal(link('https://x.test/#{{ custom.q }}'), 'https://x.test/#a%20b%26c%3Dd%2F%C3%A9%23%22');
});

test('a value that is a whole URL stays one, its forbidden characters encoded', () => {
  const custom = { url: 'https://x.test/a b?c=d&e="f"%41%zz', base: 'https://x.test/', path: 'a?b=c' };

  assert.equal(
    bodyOf('<a href="{{ custom.url }}">', { custom }),
    '<a href="https://x.test/a%20b?c=d&amp;e=%22f%22%41%25zz">',
  );
  assert.equal(
    bodyOf('<img src="{{ custom.base }}{{ custom.path }}">', { custom }),
    '<img src="https://x.test/a?b=c">',
  );
  assert.equal(
    bodyOf('<img src="{{ custom.base }}i.png?x={{ custom.path }}">', { custom }),
    '<img src="https://x.test/i.png?x=a%3Fb%3Dc">',
  );
});

const scripts = [
  'javascript:alert(1)',
  ' JaVa\tScRiPt:alert(1)',
  'java\nscript:alert(1)',
  '\u0001javascript:x',
  'data:text/html,x',
  'vbscript:x',
];

test('T05: a value cannot make a link or an image of a scheme other than http, https, mailto, tel, cid', () => {
  for (const url of scripts) {
    const custom = { url, word: 'javascript' };
    assert.equal(bodyOf('<a href="{{ custom.url }}">', { custom }), '<a href="">', url);
    assert.equal(bodyOf('<img src="{{ custom.url }}">', { custom }), '<img src="">', url);
    assert.equal(bodyOf('<a href="{{ custom.word }}:alert(1)">', { custom }), '<a href=":alert(1)">');
    assert.doesNotMatch(
      bodyOf('<img src="{% if custom.no %}x{% endif %}{{ custom.url }}">', { custom }),
      /src="\s*(javascript|data|vbscript):/i,
    );
  }
  for (const url of ['mailto:a@x.test', 'tel:+123', 'https://x.test/', '/relative']) {
    assert.equal(bodyOf('<a href="{{ custom.url }}">', { custom: { url } }), `<a href="${url}">`);
  }
});

test('T05: a template whose links have another scheme is refused when it is published', () => {
  for (const url of [
    ...scripts,
    'java&#10;script:x',
    '&#106;avascript:x',
    'javascript&colon;x',
    'file:///etc/passwd',
  ]) {
    assert.match(refused({ html: `<a href="${url}">` })[0]?.message ?? '', /may begin with http/, url);
  }
  assert.match(
    refused({ html: '<img src="data:image/png;base64,{{ custom.x }}">' })[0]?.message ?? '',
    /may begin with http/,
  );
});

test('a value inside CSS ends with its declaration', () => {
  const custom = { c: 'red;background:url(https://x.test)', d: '#fff' };

  assert.equal(bodyOf('<p style="color: {{ custom.c }}">', { custom }), '<p style="color: red">');
  assert.equal(
    bodyOf('<style>p { color: {{ custom.d }} }</style>', { custom }),
    '<style>p { color: #fff }</style>',
  );
});

test('a value in a comment shows nothing, but Outlook’s conditional comments are HTML', () => {
  const values = { contact: { x: '-->' } };

  assert.equal(bodyOf('<!-- {{ contact.x }} {{ contact.absent }} -->', values), '<!--   -->');
  assert.equal(
    bodyOf('<!--[if mso]><p title="{{ contact.x }}">{{ contact.x }}</p><![endif]-->', values),
    '<!--[if mso]><p title="--&gt;">--&gt;</p><![endif]-->',
  );
});

const refusals: readonly (readonly [string, RegExp])[] = [
  ['<p title={{ contact.x }}>', /in quotes/],
  ['<p {{ contact.x }}>', /not inside a tag/],
  ['<{{ contact.x }}>', /not inside a tag/],
  ['<p onclick="{{ contact.x }}">', /onclick is not supported/],
  ['<iframe srcdoc="{{ contact.x }}">', /srcdoc is not supported/],
  ['<script>{{ contact.x }}</script>', /inside <script>/],
  ['<!DOCTYPE {{ contact.x }}>', /not inside a tag/],
  ['<a href="{% if contact.x %}" title="{% endif %}">', /closed in the same branch/],
  [
    '{% if contact.x %}<a href="{% else %}<b title="{% endif %}{{ contact.y }}">',
    /closed in the same branch/,
  ],
  ['<{% if contact.x %}b{% else %}i{% endif %}>', /inside a name/],
  ['<p hr{% if contact.x %}ef{% endif %}="x">', /inside a name/],
];

test('a value or a branch where its escaping would be unclear is refused', () => {
  for (const [html, message] of refusals)
    assert.match(
      refused({ html })
        .map((p) => p.message)
        .join(),
      message,
      html,
    );
});

test('branches around and inside attributes work', () => {
  const html = '<p{% if contact.x %} class="a{% if contact.y %} b{% endif %}"{%- endif -%} id="c">t</p>';

  assert.equal(bodyOf(html, { contact: { x: '1', y: '1' } }), '<p class="a b" id="c">t</p>');
  assert.equal(bodyOf(html, { contact: {} }), '<p id="c">t</p>');
});
