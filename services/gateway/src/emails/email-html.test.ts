import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emailHtmlOf, previewTextOf } from './email-html.ts';

const widget = (html: string, order?: number) => ({ body: { html }, ...(order !== undefined && { order }) });

test('HTML given as a whole is used, whatever widgets there are', () => {
  assert.equal(
    emailHtmlOf({ html: '<p>whole</p>', widgets: { a: widget('<p>a</p>') } }).html,
    '<p>whole</p>',
  );
});

test('widgets stand in the order of flexAreas, and those that are not placed are left out', () => {
  const widgets = { a: widget('A'), b: widget('B'), c: widget('C'), preview_text: { body: { value: 'hi' } } };
  const flexAreas = { main: { sections: [{ columns: [{ widgets: ['c'] }, { widgets: ['a', 'gone'] }] }] } };

  assert.equal(emailHtmlOf({ widgets, flexAreas }).html, 'C\nA');
});

test('without flexAreas widgets stand by their order, those without one last, as written', () => {
  const widgets = { a: widget('A'), b: widget('B', 2), c: widget('C', 1), d: widget('D') };

  assert.equal(emailHtmlOf({ widgets }).html, 'C\nB\nA\nD');
});

test('the preview text is that of its own widget, and is no part of the HTML', () => {
  const content = { widgets: { preview_text: { body: { value: 'Look inside' } }, a: widget('A') } };

  assert.equal(previewTextOf(content), 'Look inside');
  assert.equal(emailHtmlOf(content).html, 'A');
});

test('widgets of any other shape hold no HTML and do no harm', () => {
  const widgets = {
    a: 1,
    b: null,
    c: [],
    d: { body: 'x' },
    e: { body: { html: 7 } },
    constructor: widget('C'),
  };

  assert.equal(emailHtmlOf({ widgets, flexAreas: { a: { widgets: 'x' }, b: null } }).html, 'C');
});

test('a line of the whole is told as a line of the widget it is in', () => {
  const { fieldAt } = emailHtmlOf({ widgets: { a: widget('1\n2'), b: widget('3') } });

  assert.deepEqual(
    [fieldAt(2), fieldAt(3)],
    [
      { field: 'content.widgets.a.body.html', line: 2 },
      { field: 'content.widgets.b.body.html', line: 1 },
    ],
  );
});
