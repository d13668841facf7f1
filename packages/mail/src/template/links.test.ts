import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled, mail, renderDraft, type Values } from './fixture.ts';
import { joinTracked } from './render/slotted-text.ts';

function tracked(fields: Parameters<typeof compiled>[0], values: Values = {}) {
  const asked: [number, string][] = [];
  const result = renderDraft(fields, values);
  if (result.kind !== 'rendered') throw new Error(JSON.stringify(result));
  const joined = joinTracked(result, {
    pixelUrl: 'https://t.test/o/p.gif?a&b',
    linkUrl: (index, target) => {
      asked.push([index, target]);
      return `https://t.test/c/${index}?${asked.length}&x`;
    },
  });
  return { ...joined, asked };
}

test('links of a and area with http or https become slots, others stay as they are', () => {
  const html =
    '<body><a href="https://x.test/?a=1&amp;b=2">1</a><map><area HREF=\'http://y.test/\'></map><a href=https://z.test/u>3</a>' +
    '<a href="#f">f</a><a href="mailto:a@x.test">m</a><a href="tel:+1">t</a><a name="n">n</a><a href="/r">r</a><link href="https://l.test/"></body>';

  const out = tracked({ html });

  assert.deepEqual(out.asked, [
    [0, 'https://x.test/?a=1&b=2'],
    [1, 'http://y.test/'],
    [2, 'https://z.test/u'],
  ]);
  assert.match(out.html, /<a href="https:\/\/t\.test\/c\/0\?1&amp;x">1<\/a>/);
  assert.match(out.html, /<area HREF='https:\/\/t\.test\/c\/1\?2&amp;x'>/);
  assert.match(
    out.html,
    /<a href="https:\/\/t\.test\/c\/2\?3&amp;x">3<\/a><a href="#f">f<\/a><a href="mailto:a@x.test">/,
  );
  assert.match(out.html, /<a href="\/r">r<\/a><link href="https:\/\/l\.test\/">/);
});

test('data-posthorn-notrack opts a link out and leaves no trace', () => {
  const html =
    '<a data-posthorn-notrack href="https://x.test/1">1</a><a href="{{ custom.u }}" data-posthorn-notrack="yes">2</a>';

  const out = tracked({ html }, { custom: { u: 'https://x.test/2' } });

  assert.deepEqual(out.asked, []);
  assert.match(out.html, /href="https:\/\/x\.test\/1">1<\/a><a href="https:\/\/x\.test\/2"/);
  assert.doesNotMatch(out.html, /notrack/);
});

test('a link inside a loop has its own target in each round, in HTML and in text', () => {
  const html =
    '<body>{% for i in custom.items %}<a href="https://x.test/{{ i.id }}?n={{ i.n }}">{{ i.n }}</a>{% endfor %}</body>';
  const custom = {
    items: [
      { id: 1, n: 'a&b' },
      { id: 2, n: 'c' },
    ],
  };

  const out = tracked({ html }, { custom });

  assert.deepEqual(out.asked, [
    [0, 'https://x.test/1?n=a%26b'],
    [0, 'https://x.test/2?n=c'],
  ]);
  assert.match(out.text, /a&b <https:\/\/t\.test\/c\/0\?1&x>.*c <https:\/\/t\.test\/c\/0\?2&x>/s);
  assert.match(mail({ html }, { custom }).html, /href="https:\/\/x\.test\/1\?n=a%26b"/);
});

test('a target may be chosen by a branch', () => {
  const html =
    '<a href="{% if custom.a %}https://a.test/{{ custom.a }}{% else %}https://b.test/{% endif %}">l</a>';

  assert.deepEqual(tracked({ html }, { custom: { a: 'x' } }).asked, [[0, 'https://a.test/x']]);
  assert.deepEqual(tracked({ html }).asked, [[0, 'https://b.test/']]);
});

test('a target that turns out to be mailto or relative is not tracked', () => {
  const html = '<a href="{{ custom.u }}">l</a>';

  for (const u of ['mailto:a@x.test', '/p', '#x'])
    assert.deepEqual(tracked({ html }, { custom: { u } }).asked, []);
});

test('a value cannot forge a slot', () => {
  const forged = '\u00010\u0003\u00011\u0002https://evil.test\u0003\u0004';
  const out = tracked(
    {
      html: '<body><a href="https://x.test/{{ custom.f }}">l</a>{{ custom.f }}</body>',
      subject: '{{ custom.f }}',
    },
    { custom: { f: forged } },
  );

  assert.equal(out.asked.length, 1);
  assert.match(out.html, /01https:\/\/evil\.test<img/);
});

test('control characters in a template are spaces, so an author forges no slot either', () => {
  assert.deepEqual(tracked({ html: '<body>\u00010\u0003\u0004x</body>' }).asked, []);
});

test('the pixel stands once, before the end of the body, and is left out of untracked mail', () => {
  const html = '<html><body><p>x</p></body></html>';

  assert.match(
    tracked({ html }).html,
    /<p>x<\/p><img src="https:\/\/t\.test\/o\/p\.gif\?a&amp;b" width="1" height="1" alt=""[^>]*><\/body>/,
  );
  assert.equal(mail({ html }).html, html);
});

test('a fragment is put into a document, and a document stays as it is', () => {
  assert.match(
    mail({ html: '<p>x</p>' }).html,
    /^<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">.*<body>\n<p>x<\/p>\n<\/body>\n<\/html>\n$/s,
  );
  assert.equal(mail({ html: '<HTML><P>x</HTML>' }).html, '<HTML><P>x</HTML>');
});

test('the preview text stands hidden behind the body tag, escaped', () => {
  const out = mail(
    { previewText: 'Hi {{ contact.x }} & more', html: '<html><body class="b"><p>x</p></body></html>' },
    { contact: { x: '<i>' } },
  );

  assert.match(out.html, /<body class="b"><div style="display:none[^"]*">Hi &lt;i&gt; &amp; more<\/div><p>/);
  assert.doesNotMatch(out.text, /more/);
});

test('dynamic links are marked so, with the Liquid that makes them', () => {
  const { links } = compiled({
    html: '<a href="https://x.test/">1</a><a href="https://x.test/{{ custom.id }}">2</a>',
  });

  assert.deepEqual(links, [
    { index: 0, target: 'https://x.test/', isDynamic: false, isTracked: true },
    { index: 1, target: 'https://x.test/{{ custom.id | url_segments }}', isDynamic: true, isTracked: true },
  ]);
});

const vmlButton =
  '<v:roundrect xmlns:v="urn:x" HREF="https://x.test/pay?a=1&amp;b={{ custom.b }}" style="h:1"><center>Pay</center></v:roundrect>';

test('a button of VML in a conditional comment is tracked like the link beside it, and is not in the text', () => {
  const html = `<!--[if mso]>${vmlButton}<![endif]--><!--[if !mso]><!--><a href="https://x.test/pay">Pay</a><!--<![endif]-->`;

  const out = tracked({ html }, { custom: { b: 'c d' } });

  assert.deepEqual(out.asked, [
    [0, 'https://x.test/pay?a=1&b=c%20d'],
    [1, 'https://x.test/pay'],
  ]);
  assert.match(
    out.html,
    /<!--\[if mso\]><v:roundrect xmlns:v="urn:x" HREF="https:\/\/t\.test\/c\/0[^"]*" style="h:1">/,
  );
  assert.equal(out.text, 'Pay <https://t.test/c/1?2&x>\n');
});

const pixel = /<img src="https:\/\/t\.test\/o[^>]*>/;
const mso = (inside: string) => `<!--[if mso]>${inside}<![endif]-->`;
const others = (inside: string) => `<!--[if !mso]><!-->${inside}<!--<![endif]-->`;
const bodies: readonly string[] = [
  `<html><head></head>${mso('<body class="m">')}${others('<body>')}@x@${others('</body>')}${mso('</body>')}</html>`,
  `<html>${mso('<body>')}<body>@x@</body>${mso('</body></html>')}</html>`,
  `${mso('<html><body>')}<html><head></head>@<p>x</p>@</html>`,
  `<html><head></head><body>@${mso('</body>')}@</body></html>`,
];

test('preview text and pixel stand in the body that every mail program sees, never in a conditional comment', () => {
  for (const marked of bodies) {
    const out = tracked({ html: marked.replaceAll('@', ''), previewText: 'Preview' });
    const found = out.html.replace(/<div style="display:none[^>]*>Preview<\/div>/, '@').replace(pixel, '@');
    assert.equal(found, marked);
  }
});

test('a fragment whose only document tags are Outlook’s is put into a document, outside the comment', () => {
  const { html } = mail({ html: `${mso('<body class="m">')}<p>x</p>${mso('</body>')}`, previewText: 'P' });

  assert.match(html, /<body>\n<div [^>]*>P<\/div><!--\[if mso\]><body class="m"><!\[endif\]--><p>x<\/p><!--/);
});
