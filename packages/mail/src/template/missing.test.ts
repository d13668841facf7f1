import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mail, renderDraft, show } from './fixture.ts';

function missingOf(template: string, values = {}): string[] {
  const result = renderDraft({ subject: template }, values);
  return result.kind === 'missing' ? result.properties : [];
}

test('T06: properties that are read and absent are all named, wherever they stand', () => {
  const html = '<a href="https://x.test/{{ custom.a }}">{{ contact.b }}</a>{{ custom.c.d }}';

  assert.deepEqual(renderDraft({ subject: '{{ custom.e }}', fromName: '{{ account.f }}', html }), {
    kind: 'missing',
    properties: ['account.f', 'contact.b', 'custom.a', 'custom.c', 'custom.e'],
  });
});

test('T06: filters, operators and loops do not hide that a property is absent', () => {
  assert.deepEqual(missingOf('{{ custom.a|upper }}'), ['custom.a']);
  assert.deepEqual(missingOf('{{ "x" ~ custom.a }}'), ['custom.a']);
  assert.deepEqual(missingOf('{{ 1 + custom.a|int }}'), ['custom.a']);
  assert.deepEqual(missingOf('{{ "x"|replace("x", custom.a) }}'), ['custom.a']);
  assert.deepEqual(missingOf('{% for x in custom.a %}{{ x }}{% endfor %}'), ['custom.a']);
  assert.deepEqual(
    missingOf('{% for x in custom.a %}{{ x.n }}{% endfor %}', { custom: { a: [{ n: 1 }, {}] } }),
    ['x.n'],
  );
  assert.deepEqual(missingOf('{% set x = custom.a.b %}{{ x }}', { custom: { a: {} } }), ['custom.a.b']);
  assert.deepEqual(missingOf('{{ custom.a[3] }}', { custom: { a: [] } }), ['custom.a[3]']);
  assert.deepEqual(missingOf('{{ custom.l|join(",", "n") }}', { custom: { l: [{}] } }), ['n']);
});

test('T06: a default, a test and a condition may ask about what is absent', () => {
  assert.deepEqual(missingOf('{{ custom.a|default("x") }}'), []);
  assert.deepEqual(missingOf('{{ custom.a.b.c|upper|default("x") }}'), []);
  assert.deepEqual(missingOf('{% if custom.a is defined %}{{ custom.a }}{% endif %}'), []);
  assert.deepEqual(missingOf('{% if custom.a %}{{ custom.a }}{% endif %}'), []);
  assert.deepEqual(missingOf('{% if custom.a == "x" or custom.b > 3 %}1{% endif %}'), []);
  assert.deepEqual(missingOf('{% for x in custom.a|default([]) %}{{ x }}{% endfor %}'), []);
  assert.deepEqual(missingOf('{{ custom.a if custom.a else "x" }}'), []);
});

test('T06: undefined, null, NaN and [object Object] never stand in a mail', () => {
  const custom = { n: null, o: { a: 1 }, l: [1, { b: null }, null], s: '', big: 1e21 };

  assert.equal(
    show('[{{ custom.n }}] {{ custom.o }} {{ custom.l }} [{{ custom.s }}]', { custom }),
    '[] {"a":1} 1, {"b":null},  []',
  );
  assert.doesNotMatch(
    mail({ html: '{{ custom.o }}{{ custom.n }}' }, { custom }).html,
    /undefined|null|NaN|\[object/,
  );
});

test('T01: nothing of JavaScript is reachable; it is as if the property were absent', () => {
  const values = { contact: { firstname: 'J' }, custom: { a: [1], o: {}, s: 'x' } };
  const paths = [
    'contact.constructor',
    'contact.__proto__',
    'custom.constructor.constructor',
    'custom.__proto__.polluted',
    'custom["__proto__"]',
    'custom.a.constructor',
    'custom.a.__proto__',
    'custom.a.map',
    'custom.a["push"]',
    'custom.o.toString',
    'custom.o.hasOwnProperty',
    'custom.s.constructor',
    'custom.s.__proto__',
    'contact.firstname.constructor.name',
    'custom.a[0].constructor',
  ];

  for (const path of paths) {
    const result = renderDraft({ subject: `{{ ${path} }}` }, values);
    assert.equal(result.kind, 'missing', path);
    assert.equal(show(`{{ ${path}|default("safe") }}`, values), 'safe', path);
  }
  assert.equal(show('{{ ["constructor"]|map("constructor")|first|default("safe") }}'), 'safe');
  assert.equal(show('{% set k = "__proto__" %}{{ custom.o[k]|default("safe") }}', values), 'safe');
});

test('T01: properties named __proto__ in the data are data and change no prototype', () => {
  const custom = JSON.parse(
    '{"__proto__": {"polluted": "yes"}, "constructor": {"prototype": {"polluted": "yes"}}}',
  );

  assert.equal(show('{{ custom["__proto__"].polluted }} {{ custom.o|default("-") }}', { custom }), 'yes -');
  assert.equal('polluted' in {}, false);
});

test('T01: names set by a template stay its own', () => {
  assert.equal(
    show('{% set __proto__ = "x" %}{% set constructor = "y" %}{{ __proto__ }}{{ constructor }}'),
    'xy',
  );
  assert.deepEqual(missingOf('{% if custom.no %}{% set x = 1 %}{% endif %}{{ x }}'), ['x']);
});
