/** How a filter is called: its Liquid name and its parameters in order, as HubL names them. */
export type FilterCall = Readonly<{ liquid: string; parameters: readonly string[]; required: number }>;

function call(liquid: string, parameters: readonly string[] = [], required = 0): FilterCall {
  return { liquid, parameters, required };
}

const plus = call('add', ['addend'], 1);
const minus = call('minus', ['other'], 1);
const times = call('times', ['factor'], 1);
const divide = call('divided_by', ['divisor'], 1);
const upper = call('upper');
const lower = call('lower');
const trim = call('trim');
const length = call('length');
const fallback = call('default', ['default_value', 'truthy'], 1);
const encode = call('urlencode');
const plain = call('striptags');
const currency = call('format_currency', ['locale', 'currency', 'use_default_decimal_digits']);
const date = call('datetimeformat', ['format', 'timezone']);

/** The filters that may be written, in HubL's spelling and in Liquid's, with what each becomes. */
export const filterTable: Readonly<Record<string, FilterCall>> = {
  default: fallback,
  d: fallback,
  upper,
  upcase: upper,
  lower,
  downcase: lower,
  capitalize: call('capitalize'),
  title: call('title'),
  trim,
  strip: trim,
  replace: call('replace', ['old', 'new'], 2),
  cut: call('cut', ['to_remove'], 1),
  truncate: call('truncate', ['length', 'killwords', 'end']),
  length,
  count: length,
  size: length,
  first: call('first'),
  last: call('last'),
  join: call('join', ['delimiter', 'attribute']),
  split: call('split', ['character_to_split_by']),
  map: call('map', ['attribute'], 1),
  sum: call('sum', ['attribute']),
  sort: call('sort', ['reverse', 'case_sensitive', 'attribute']),
  reverse: call('reverse'),
  unique: call('unique', ['attr']),
  round: call('round', ['precision', 'rounding_method']),
  abs: call('abs'),
  int: call('int', ['default']),
  float: call('float', ['default']),
  string: call('string'),
  append: call('concat_text', ['text'], 1),
  prepend: call('prepend', ['text'], 1),
  plus,
  add: plus,
  minus,
  subtract: minus,
  multiply: times,
  times,
  divide,
  divided_by: divide,
  urlencode: encode,
  url_encode: encode,
  striptags: plain,
  strip_html: plain,
  datetimeformat: date,
  format_datetime: call('format_datetime', ['format', 'timezone', 'locale']),
  format_date: call('format_date', ['format', 'timezone', 'locale']),
  date,
  format_currency: currency,
  currency,
};

/** Filters that change nothing here, since every value is escaped for where it lands. */
export const needlessFilters: ReadonlySet<string> = new Set([
  'escape',
  'e',
  'escape_html',
  'forceescape',
  'escape_once',
]);

/** What to do instead of a filter that is not supported. */
export const filterAdvice: Readonly<Record<string, string>> = {
  safe: 'values are always escaped, so that no contact property can bring HTML into a mail; put the HTML into the template',
  raw: 'values are always escaped; put the HTML into the template, or {% raw %}…{% endraw %} around text to keep as it is',
  tojson: 'write out the properties you need',
  pprint: 'write out the properties you need',
  regex_replace: 'use replace("a", "b"), or prepare the value before sending',
  escapejs: 'scripts do not run in mail',
  escapejson: 'write out the properties you need',
  selectattr: 'use {% for %} with {% if %} inside it',
  rejectattr: 'use {% for %} with {% if %} inside it',
  select: 'use {% for %} with {% if %} inside it',
  reject: 'use {% for %} with {% if %} inside it',
  where: 'use {% for %} with {% if %} inside it',
  newline_to_br: 'give a list in customProperties and use {% for %}',
};

/** The tests that may follow `is`, with the Liquid filter that answers each. */
export const testTable: Readonly<Record<string, string>> = {
  defined: 'is_defined',
  undefined: 'is_undefined',
  none: 'is_none',
  None: 'is_none',
  null: 'is_none',
  string: 'is_string',
  number: 'is_number',
  boolean: 'is_boolean',
  mapping: 'is_mapping',
  sequence: 'is_sequence',
  iterable: 'is_sequence',
  truthy: 'is_truthy',
  odd: 'is_odd',
  even: 'is_even',
  divisibleby: 'is_divisible_by',
  equalto: 'eq',
  containing: 'contains',
};
