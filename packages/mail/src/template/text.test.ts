import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled, mail, renderDraft } from './fixture.ts';
import { joinTracked } from './render/slotted-text.ts';

test('the text part is made from the HTML once, with values, branches and loops in place', () => {
  const html =
    '<html><head><title>T</title><style>p{}</style></head><body>{% set n = contact.name %}<h1>Hi {{ n }}</h1>\n' +
    '{% if custom.paid %}<p>Paid &amp; done</p>{% else %}<p>Open</p>{% endif %}' +
    '<table>{% for i in custom.items %}<tr><td>{{ i.name }}</td><td>{{ i.qty }}</td></tr>{% endfor %}</table>' +
    '<ul><li>one</li></ul><img src="https://x.test/i.png" alt="Logo {{ n }}"></body></html>';
  const values = {
    contact: { name: '<J>' },
    custom: {
      paid: true,
      items: [
        { name: 'Pen', qty: 2 },
        { name: 'Ink', qty: 1 },
      ],
    },
  };

  assert.equal(mail({ html }, values).text, 'Hi <J>\n\nPaid & done\n\nPen 2\nInk 1\n\n * one\n\nLogo <J>\n');
});

test('a loop over the items of a list makes a list', () => {
  const html = '<p>a</p><ul>{% for i in custom.l %}<li>{{ i }}</li>{% endfor %}</ul><p>b</p>';

  assert.equal(mail({ html }, { custom: { l: [1, 2] } }).text, 'a\n\n * 1\n * 2\n\nb\n');
});

test('links stand in the text with the same slot, and once where the label is the target', () => {
  const html =
    '<p><a href="https://x.test/a">Shop</a> <a href="https://x.test/b">https://x.test/b</a> <a href="https://x.test/c">x.test/c</a> <a href="mailto:a@x.test">write</a></p>';
  const result = renderDraft({ html });
  if (result.kind !== 'rendered') throw new Error('unreachable');

  const { text } = joinTracked(result, { pixelUrl: null, linkUrl: (index) => `https://t.test/${index}` });

  assert.equal(text, 'Shop <https://t.test/0> https://t.test/1 https://t.test/2 write <a@x.test>\n');
});

test('a text part that the author wrote is kept, its URLs become slots', () => {
  const fields = {
    html: '<a href="https://x.test/a">l</a>',
    plainText:
      'See https://x.test/a, (https://y.test/b). Yours: https://x.test/o/{{ custom.id }}?r={{ custom.r }}! {{ custom.id }}',
  };
  const result = renderDraft(fields, { custom: { id: 'a b', r: 'c&d' } });
  if (result.kind !== 'rendered') throw new Error('unreachable');
  const asked: string[] = [];
  const { text } = joinTracked(result, {
    pixelUrl: null,
    linkUrl: (index, target) => `[${index}:${asked.push(target)}]`,
  });

  assert.deepEqual(asked, ['https://x.test/a', 'https://y.test/b', 'https://x.test/o/a%20b?r=c%26d']);
  assert.equal(text, 'See [0:1], ([1:2]). Yours: [2:3]! a b');
  assert.equal(compiled(fields).links.length, 3);
});

test('values in text keep their characters, lose control characters and have one kind of line break', () => {
  const contact = { x: 'a & <b>\r\nc\u0000\u001bd\te' };

  assert.equal(mail({ html: 'x', plainText: '{{ contact.x }}' }, { contact }).text, 'a & <b>\ncd\te');
});

/** The text part that is made from HTML. */
function made(html: string, custom: Record<string, unknown> = {}): string {
  return mail({ html }, { custom }).text;
}

test('the text of a linked image stands apart from its URL, and icons in a row are words of their own', () => {
  assert.equal(
    made('<p><a href="https://x.test/"><img alt="Logo"></a></p><p>Hi</p>'),
    'Logo <https://x.test/>\n\nHi\n',
  );
  assert.equal(
    made(
      '<a href="https://a.test/"><img></a><a href="https://b.test/"><img alt="B"></a><a href="https://c.test/"><img alt="C"></a>d',
    ),
    'https://a.test/ B <https://b.test/> C <https://c.test/> d\n',
  );
  assert.equal(
    made('{% for i in custom.l %}<a href="https://x.test/{{ i }}"><img></a>{% endfor %}', {
      l: [1, 2],
    }).trim(),
    'https://x.test/1 https://x.test/2',
  );
  assert.equal(made('<img alt="A"><img alt="B">c (<img alt="D">), <img alt="">e'), 'A B c (D), e\n');
  assert.equal(
    made('<p>x{{ custom.v }}<a href="https://x.test/">l</a>. (<a href="https://x.test/">x.test/</a>)</p>', {
      v: 'v',
    }),
    'xvl <https://x.test/>. (https://x.test/)\n',
  );
});

test('a mailto or tel link shows its address or number, and one that names nobody is shown whole', () => {
  assert.equal(
    made(
      '<a href="mailto:a%2Bb@x.test?subject=Order%20A1">Write</a> <a href="mailto:?subject=x">Share</a> <a href="tel:+49%201">Call</a> <a href="mailto:{{ custom.a }}?subject=x">You</a>',
      { a: 'c@x.test' },
    ),
    'Write <a+b@x.test> Share <mailto:?subject=x> Call <+49 1> You <c@x.test>\n',
  );
});

test('line breaks that are written stay, also three in a row, and branches not taken leave none behind', () => {
  assert.equal(made('a<br><br><br>b<pre>c\n\n\nd</pre>'), 'a\n\n\nb\n\nc\n\n\nd\n');
  const html =
    '{% if custom.no %}<p>no</p>{% endif %}<p>a</p>{% if custom.no %}<p>no</p>{% else %}<p>yes</p>{% endif %}\n' +
    '{% if custom.no %}<p>no</p>{% endif %}<p>b</p>{% if custom.no %}<p>no</p>{% endif %}';
  assert.equal(made(html, { no: '' }), 'a\n\nyes\n\nb\n');
  assert.equal(
    mail({ html: 'x', plainText: '\na\n\n\n{{ custom.v }}\n\n\n\n' }, { custom: { v: 'v\n\n\nw' } }).text,
    '\na\n\n\nv\n\n\nw\n\n\n\n',
  );
});

test('terms and definitions, captions and fields stand on lines of their own', () => {
  assert.equal(
    made('<dl><dt>Order</dt><dd>6</dd><dt>Total</dt><dd>$5</dd></dl>x'),
    'Order\n6\nTotal\n$5\n\nx\n',
  );
  assert.equal(
    made('<figure><img alt="I"><figcaption>C</figcaption></figure><address>A</address>b'),
    'I\nC\nA\nb\n',
  );
});

test('what no reader of the HTML sees is not in the text, but what its tags set is', () => {
  const hidden = [
    'style="display:none"',
    'style="color:red; DISPLAY : none !important"',
    'style="max-height:0px;overflow:hidden"',
    'style="visibility:hidden"',
    'style="opacity:0"',
    'style="mso-hide:all;font-size:1px"',
    'hidden',
    'class="x pre"',
  ];
  const css =
    '<style>/* { */ .a{color:red} p.b, .pre { display: none } @media (max-width:9px) { .c { display:none } }</style>';
  for (const attribute of hidden)
    assert.equal(
      made(
        `${css}<div ${attribute}>{% set n = 1 %}Preview {{ custom.v }}<b>!</b></div><p class="c">Hi {{ n }}</p>`,
        { v: 'v' },
      ),
      'Hi 1\n',
      attribute,
    );
  for (const attribute of [
    'style="font-size:0"',
    'style="max-height:0.5em"',
    'style="mso-hide:all"',
    'class="c"',
  ])
    assert.equal(made(`${css}<div ${attribute}>Shown</div>`), 'Shown\n', attribute);
});

test('whitespace control does the same in the text as in the HTML', () => {
  for (const body of [
    'a {%- if true -%} b {%- endif -%} c',
    'a {{- custom.v -}} c',
    'a {%- set x = 1 %}{{ x -}}\n c',
  ]) {
    const html = mail({ html: `<body>${body}</body>` }, { custom: { v: 'b' } }).html;
    assert.equal(`<body>${made(`<p>${body}</p>`, { v: 'b' }).trim()}</body>`, html);
    assert.equal(mail({ html: 'x', plainText: body }, { custom: { v: 'b' } }).text, html.slice(6, -7));
  }
});

test('a branch between the attributes of a tag changes nothing in the text', () => {
  assert.equal(made('<p{% if custom.v %} class="x"{%- endif -%} id="y">a</p><p>b</p>', { v: 1 }), 'a\n\nb\n');
});
