import { readFile } from 'node:fs/promises';
import { Fault } from '@posthorn/runtime';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { defaultRulesInput } from './default-rules.ts';
import { RulesInput } from './rules-schema.ts';
import { type ShapingRules, shapingRulesOf } from './shaping-rules.ts';

/**
 * Reads the rules of a file; without a path, our own. Throws a `misconfigured` Fault that names what is wrong and on which
 * line, by the file's name as it was given.
 */
export async function loadShapingRules(path?: string): Promise<ShapingRules> {
  if (path === undefined) return ownRules();
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw unreadable(path)(cause);
  });
  return parseShapingRules(text, path);
}

/** The rules that a file's text says. Throws as `loadShapingRules` does. */
export function parseShapingRules(text: string, path: string): ShapingRules {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error) throw unusable(path, error.message);
  const parsed = RulesInput.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    throw unusable(
      path,
      parsed.error.issues.flatMap((issue) => problemsOf(issue, document, lines)).join('\n'),
    );
  }
  return shapingRulesOf(parsed.data, ownInput());
}

/** Makes the Fault for a file that cannot be read. */
export function unreadable(path: string): (cause: unknown) => Fault {
  return (cause) => {
    const problem = cause instanceof Error ? cause.message : String(cause);
    return new Fault('misconfigured', `${path} cannot be read: ${problem}`, { cause });
  };
}

let own: RulesInput | undefined;

/** The rules that hold without a file. */
export function ownRules(): ShapingRules {
  return shapingRulesOf(ownInput());
}

function ownInput(): RulesInput {
  own ??= RulesInput.parse(defaultRulesInput);
  return own;
}

function unusable(path: string, problems: string): Fault {
  return new Fault('misconfigured', `${path} is not usable:\n${problems}`);
}

function problemsOf(
  issue: z.core.$ZodIssue,
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
): string[] {
  const line = lineOf(issue.path, document, lines);
  const where = issue.path.map(String).join('.');
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  const problem = (inner ?? issue).message;
  return [`  ${line === undefined ? '' : `line ${line}, `}${where || 'the file'}: ${problem}`];
}

/** The line of what is wrong, or of the nearest thing around it that the file has. */
function lineOf(
  path: readonly PropertyKey[],
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const parsed = z.object({ range: z.tuple([z.number()], z.number()) }).safeParse(node);
    if (parsed.success) return lines.linePos(parsed.data.range[0]).line;
  }
  return undefined;
}
