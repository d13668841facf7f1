import assert from 'node:assert/strict';
import { type CompiledEmail, compileEmail, type EmailDraft, type TemplateProblem } from './compile-email.ts';
import { createRenderer, type RenderResult } from './render/create-renderer.ts';
import { joinTracked } from './render/slotted-text.ts';

/** Helpers of this folder's tests. */
export type Values = Readonly<{
  contact?: Record<string, unknown>;
  custom?: Record<string, unknown>;
  account?: Record<string, unknown>;
}>;

const draft: EmailDraft = { subject: 'Subject', previewText: '', fromName: 'Shop', html: '<p>x</p>' };

export function compiled(fields: Partial<EmailDraft>): CompiledEmail {
  const result = compileEmail({ ...draft, ...fields });
  assert.equal(result.kind, 'compiled', JSON.stringify(result));
  if (result.kind !== 'compiled') throw new Error('unreachable');
  return result;
}

export function refused(fields: Partial<EmailDraft>): TemplateProblem[] {
  const result = compileEmail({ ...draft, ...fields });
  assert.equal(result.kind, 'refused', JSON.stringify(result));
  return result.kind === 'refused' ? result.problems : [];
}

export function renderDraft(fields: Partial<EmailDraft>, values: Values = {}): RenderResult {
  const scope = { contact: values.contact ?? {}, custom: values.custom ?? {}, account: values.account ?? {} };
  return createRenderer(compiled(fields)).render(scope);
}

/** Renders and joins without tracking; the mail must come out. */
export function mail(
  fields: Partial<EmailDraft>,
  values: Values = {},
): Record<'subject' | 'fromName' | 'html' | 'text', string> {
  const result = renderDraft(fields, values);
  assert.equal(result.kind, 'rendered', JSON.stringify(result));
  if (result.kind !== 'rendered') throw new Error('unreachable');
  const joined = joinTracked(result, { pixelUrl: null, linkUrl: (_, target) => target });
  return { subject: result.subject, fromName: result.fromName, ...joined };
}

/** What the subject of a template is with these values: the shortest way to see an expression's value. */
export function show(template: string, values: Values = {}): string {
  return mail({ subject: template }, values).subject;
}

/** The HTML of a body's template, without its frame. */
export function bodyOf(html: string, values: Values = {}): string {
  return mail({ html: `<body>${html}</body>` }, values).html.slice('<body>'.length, -'</body>'.length);
}
