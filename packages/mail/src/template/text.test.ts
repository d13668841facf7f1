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
