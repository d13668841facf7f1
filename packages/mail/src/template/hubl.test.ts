import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, compiled, show } from './fixture.ts';

const contact = { firstname: 'Jane', lastname: '', is_vip: 'false', count: '3' };
const items = [
  { name: 'Pen', price: 2.5, tags: ['a'] },
  { name: 'ink', price: '10', tags: [] },
];
const custom = {
  purchaseUrl: 'https://a.test/o',
  items,
  zero: 0,
  none: null,
  total: 1234.5,
  when: '2026-03-01T09:05:07Z',
};
const values = { contact, custom, account: { name: 'Shop' } };

/** [template, what it shows]. */
type Cases = readonly (readonly [string, string])[];

function testAll(guarantee: string, cases: Cases): void {
  test(guarantee, () => {
    for (const [template, shown] of cases) assert.equal(show(template, values), shown, template);
  });
}

testAll('contact, custom and account are read with dots, brackets, keys and indexes', [
  ['{{ contact.firstname }}', 'Jane'],
  ['{{contact.firstname}}', 'Jane'],
  ['{{ contact["firstname"] }}', 'Jane'],
  ["{{ custom['total'] }}", '1234.5'],
  ['{{ account.name }}', 'Shop'],
  ['{{ site_settings.name }}', 'Shop'],
  ['{{ custom.items[0].name }}', 'Pen'],
  ['{{ custom.items[-1].name }}', 'ink'],
  ['{{ custom.items.0.name }}', 'Pen'],
  ['{{ custom.items[0]["price"] }}', '2.5'],
  ['{% set key = "total" %}{{ custom[key] }}', '1234.5'],
]);

testAll('personalization_token shows the property, or the default where it is empty or absent', [
  ['{{ personalization_token("contact.firstname","there") }}', 'Jane'],
  ['{{ personalization_token("contact.lastname","there") }}', 'there'],
  ["{{ personalization_token('contact.nickname', 'there') }}", 'there'],
  ['{{ personalization_token("contact.nickname") }}', ''],
]);

testAll('default replaces what is absent, with true also what is empty, and in Liquid’s spelling both', [
  ['{{ contact.nickname|default("you") }}', 'you'],
  ['{{ contact.lastname|default("you") }}', ''],
  ['{{ contact.lastname|default("you", true) }}', 'you'],
  ['{{ contact.nickname | d("you") }}', 'you'],
  ['{{ contact.lastname | default: "you" }}', 'you'],
  ['{{ custom.none|default("you") }}', 'you'],
  ['{{ contact.nickname|default(contact.firstname|upper) }}', 'JANE'],
  ['{{ contact.nickname or "you" }}', 'you'],
]);

testAll('if, elif, else and unless take HubL’s branches', [
  ['{% if contact.firstname %}a{% elif contact.lastname %}b{% else %}c{% endif %}', 'a'],
  ['{% if contact.nickname %}a{% elif contact.firstname == "Jane" %}b{% else %}c{% endif %}', 'b'],
  ['{% if contact.nickname %}a{% elseif contact.lastname %}b{% else %}c{% endif %}', 'c'],
  ['{% unless contact.lastname %}a{% else %}b{% endunless %}', 'a'],
  ['{% if not contact.lastname %}a{% endif %}', 'a'],
  ['{%- if contact.firstname -%} a {%- endif -%}', 'a'],
]);

testAll('empty texts, lists, zero and the text "false" are false', [
  ['{% if contact.lastname %}a{% else %}b{% endif %}', 'b'],
  ['{% if custom.zero %}a{% else %}b{% endif %}', 'b'],
  ['{% if custom.items[1].tags %}a{% else %}b{% endif %}', 'b'],
  ['{% if contact.is_vip %}a{% else %}b{% endif %}', 'b'],
  ['{% if custom.none %}a{% else %}b{% endif %}', 'b'],
]);

testAll('for goes through a list with loop.*, and takes else where it is empty', [
  ['{% for item in custom.items %}{{ item.name }};{% endfor %}', 'Pen;ink;'],
  [
    '{% for item in custom.items %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.length }} {% endfor %}',
    '1022 2112 ',
  ],
  [
    '{% for i in custom.items %}{% if loop.first %}<{% endif %}{{ i.name }}{% if not loop.last %}, {% endif %}{% endfor %}',
    '<Pen, ink',
  ],
  ['{% for t in custom.items[1].tags %}{{ t }}{% else %}none{% endfor %}', 'none'],
  [
    '{% for i in custom.items %}{% for t in i.tags %}{{ i.name }}{{ t }}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}',
    'Pena112',
  ],
  [
    '{% for k, v in custom.items[0].items() %}{{ k }}={{ v|default("") }};{% endfor %}',
    'name=Pen;price=2.5;tags=a;',
  ],
  ['{% for n in range(3) %}{{ n }}{% endfor %}{% for n in range(1, 6, 2) %}{{ n }}{% endfor %}', '012135'],
]);

testAll('set gives a name to a value, also across a loop', [
  ['{% set x = contact.firstname ~ "!" %}{{ x }}', 'Jane!'],
  ['{% assign x = 5 %}{{ x }}', '5'],
  [
    '{% set sum = 0 %}{% for i in custom.items %}{% set sum = sum + i.price|float %}{% endfor %}{{ sum }}',
    '12.5',
  ],
]);

testAll('text filters do what HubL’s do', [
  ['{{ contact.firstname|upper }}{{ contact.firstname|lower }}', 'JANEjane'],
  ['{{ "hello WORLD"|capitalize }}/{{ "hello world"|title }}', 'Hello world/Hello World'],
  ['[{{ "  a "|trim }}]', '[a]'],
  ['{{ "a-b-a"|replace("a", "x") }}', 'x-b-x'],
  ['{{ "the quick brown fox"|truncate(12) }}', 'the quick...'],
  ['{{ "the quick brown fox"|truncate(12, true, "…") }}', 'the quick br…'],
  ['{{ "the quick brown fox"|truncate(12, end="") }}', 'the quick'],
  ['{{ "the quick" | truncate: 100 }}', 'the quick'],
  ['{{ "a b&c/d"|urlencode }}', 'a%20b%26c%2Fd'],
  ['{{ "<b>a</b> <i>b"|striptags }}', 'a b'],
  ['{{ contact.firstname|escape }}{{ contact.firstname|e }}', 'JaneJane'],
  ['{{ "a" ~ 1 ~ "b" }}', 'a1b'],
  ['{{ "a,b"|split(",")|join("+") }}', 'a+b'],
]);

testAll('number filters and operators compute, on numbers and on texts that spell them', [
  ['{{ 12.345|round(2) }} {{ 2.5|round }} {{ 12|round(2) }} {{ -2.5|round }}', '12.35 3 12.00 -3'],
  ['{{ 1.005|round(2) }} {{ 1.2|round(0, "ceil") }}', '1.01 2'],
  ['{{ -3|abs }} {{ "7.9"|int }} {{ "x"|int }} {{ "7.5"|float }}', '3 7 0 7.5'],
  ['{{ 1|plus(2) }} {{ 1|add(2) }} {{ 5|minus(2) }} {{ 5|multiply(2) }} {{ 5|divide(2) }}', '3 3 3 10 2.5'],
  ['{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ -contact.count }}', '7 9 3 3 -3'],
  ['{{ contact.count + 1 }} {{ 0.1 + 0.2 }}', '4 0.3'],
  ['{{ custom.total|format_currency("en-US", "EUR") }} {{ custom.total|currency }}', '€1,234.50 $1,234.50'],
]);

testAll('list filters do what HubL’s do', [
  ['{{ custom.items|length }} {{ "añ"|length }} {{ custom.items.size }}', '2 2 2'],
  ['{{ (custom.items|first).name }} {{ (custom.items|last).name }}', 'Pen ink'],
  ['{{ custom.items|map("name")|join(", ") }} {{ custom.items|join("+", "name") }}', 'Pen, ink Pen+ink'],
  ['{{ [3, 10, 2]|sort|join(" ") }} {{ [3, 10, 2]|sort(true)|join(" ") }}', '2 3 10 10 3 2'],
  ['{{ custom.items|sort(false, false, "name")|map("name")|join(" ") }}', 'ink Pen'],
  ['{{ [1, 2]|reverse|join }} {{ [1, 1, 2]|unique|join("") }}', '21 12'],
  ['{{ custom.items|sum("price") }}', '12.5'],
]);

testAll('datetimeformat shows ISO dates and HubSpot’s milliseconds, in a zone', [
  ['{{ custom.when|datetimeformat("%B %d, %Y") }}', 'March 01, 2026'],
  ['{{ custom.when|datetimeformat("%Y-%m-%d %H:%M:%S %p %j") }}', '2026-03-01 09:05:07 AM 060'],
  ['{{ custom.when|datetimeformat("%H:%M %z", "America/New_York") }}', '04:05 -0500'],
  ['{{ 1772355907000|datetimeformat("%a %-d %b %y") }}', 'Sun 1 Mar 26'],
  ['{{ "2026-03-01" | date: "%A" }}', 'Sunday'],
]);

testAll('tests and comparisons follow HubL', [
  [
    '{{ contact.firstname is defined }} {{ contact.x is defined }} {{ contact.x is not defined }}',
    'true false true',
  ],
  [
    '{{ custom.none is none }} {{ custom.items[0] is mapping }} {{ custom.items is sequence }}',
    'true true true',
  ],
  ['{{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby(3) }} {{ "a" is string }}', 'true true true true'],
  ['{{ "a" in ["a", "b"] }} {{ "z" not in "abc" }} {{ "b" in "abc" }}', 'true true true'],
  ['{{ contact.count > 2 and contact.count <= 3 }} {{ contact.count == 3 }} {{ 1 != 2 }}', 'true true true'],
  ['{{ "10" > "9" }} {{ "b" > "a" }} {{ not true or true }}', 'true true true'],
  ['{{ "a" if contact.firstname else "b" }} {{ "a" if contact.x else "b" }}', 'a b'],
]);

test('comments show nothing and raw shows braces as they are', () => {
  assert.equal(bodyOf('a{# {{ x }} #}b{% comment %}{% nope %}{% endcomment %}c'), 'abc');
  assert.equal(bodyOf('{% raw %}{{ contact.x }} {% if %}{% endraw %}'), '{{ contact.x }} {% if %}');
  assert.equal(bodyOf('a{ {{ "b" }}{% raw %}{{%{% endraw %}{{ "c" }} } {'), 'a{ b{{%c } {');
});

test('the contact properties that a template reads are listed, with or without a default', () => {
  const { contactProperties } = compiled({
    subject: '{{ contact.a|default("x") }}',
    fromName: '{{ personalization_token("contact.b") }}',
    html: '{% if contact["c"] is defined %}{{ custom.d }}{% endif %}<a href="https://x.test/{{ contact.e }}">l</a>',
  });

  assert.deepEqual(contactProperties, ['a', 'b', 'c', 'e']);
});
