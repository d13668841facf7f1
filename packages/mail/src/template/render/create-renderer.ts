import type { EmailVersion } from '@posthorn/contracts';
import { readTextForm, type TextForm } from './finish-text.ts';
import { lowerSource, type Node } from './lower-templates.ts';
import { LimitExceeded, RenderFailure } from './missing.ts';
import { newRun, type RenderScope } from './run.ts';
import { createSplitSlots, type SlottedText, type SplitSlots } from './slotted-text.ts';
import { textLengthMax } from './text-filters.ts';

/** A mail whose values are merged and whose link and pixel slots are still open. */
export type RenderedEmail = Readonly<{
  kind: 'rendered';
  subject: string;
  fromName: string;
  html: SlottedText;
  text: SlottedText;
}>;

export type RenderResult =
  | RenderedEmail
  /** Properties that the template reads and nobody gave, as the template names them: `custom.purchaseUrl`. */
  | Readonly<{ kind: 'missing'; properties: string[] }>
  /** Values do not fit the template; `reason` names none of them. */
  | Readonly<{ kind: 'failed'; reason: string }>
  /** Too many steps or more than 2 MiB (row T02). */
  | Readonly<{ kind: 'limit' }>;

export type VersionRenderer = Readonly<{ render: (scope: RenderScope) => RenderResult }>;

/** Parses a published version once and returns what renders it. Throws for a version that `compileEmail` did not make. */
export function createRenderer(
  version: Pick<EmailVersion, 'subject' | 'fromName' | 'html' | 'text' | 'links'>,
): VersionRenderer {
  const { source, finish } = readTextForm(version.text);
  const nodes = {
    subject: lowerSource(version.subject),
    fromName: lowerSource(version.fromName),
    html: lowerSource(version.html),
    text: lowerSource(source),
  };
  const splitSlots = createSplitSlots(version.links);
  return { render: (scope) => renderSafely(() => renderAll(nodes, { splitSlots, finish }, scope)) };
}

function renderSafely(render: () => RenderResult): RenderResult {
  try {
    return render();
  } catch (error) {
    if (error instanceof LimitExceeded || error instanceof RangeError) return { kind: 'limit' };
    if (error instanceof RenderFailure) return { kind: 'failed', reason: error.message };
    throw error;
  }
}

function renderAll(
  nodes: Readonly<Record<'subject' | 'fromName' | 'html' | 'text', Node>>,
  { splitSlots, finish }: Readonly<{ splitSlots: SplitSlots; finish: TextForm['finish'] }>,
  scope: RenderScope,
): RenderResult {
  const missing = new Set<string>();
  const render = (node: Node) => {
    const run = newRun(scope, missing);
    node(run);
    if (run.out.length > textLengthMax) throw new LimitExceeded();
    return run.out;
  };
  const [subject, fromName, html, text] = [nodes.subject, nodes.fromName, nodes.html, nodes.text].map(render);
  if (missing.size > 0) return { kind: 'missing', properties: [...missing].sort() };
  return {
    kind: 'rendered',
    subject: subject ?? '',
    fromName: fromName ?? '',
    html: splitSlots(html ?? ''),
    text: splitSlots(finish(text ?? '')),
  };
}
