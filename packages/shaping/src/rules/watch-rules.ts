import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from '@posthorn/runtime';
import { ownRules, parseShapingRules, unreadable } from './load-rules.ts';
import type { ShapingRules } from './shaping-rules.ts';

export type WatchedRules = AsyncDisposable & {
  current(): ShapingRules;
  /** Looks at the file now; never rejects. */
  check(): Promise<void>;
};

/**
 * Reads the rules of a file and reads them again when its content changes, looked at every `everyMs`; without a path, our
 * own rules, which never change.
 *
 * Throws a `misconfigured` Fault where the file is not usable at the start. Later such a file is logged, once for each content
 * that is wrong, and the rules stay as they were.
 */
export function watchShapingRules({
  path,
  everyMs = 5_000,
  log,
}: {
  path?: string;
  everyMs?: number;
  log: Logger;
}): WatchedRules {
  if (path === undefined) return still(ownRules());
  let seen = readNow(path);
  let rules = parseShapingRules(seen, path);

  const check = async (): Promise<void> => {
    const content = await readFile(path, 'utf8').catch(unreadable(path));
    const before = seen;
    seen = typeof content === 'string' ? content : content.message;
    if (seen === before) return;
    try {
      if (typeof content !== 'string') throw content;
      rules = parseShapingRules(content, path);
      log.info({ path }, 'shaping rules changed');
    } catch (err) {
      log.error({ err, path }, 'shaping rules are not usable, the former ones hold');
    }
  };
  const timer = setInterval(() => void check(), everyMs);
  timer.unref();
  return { current: () => rules, check, [Symbol.asyncDispose]: async () => clearInterval(timer) };
}

function still(rules: ShapingRules): WatchedRules {
  return { current: () => rules, check: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path)(cause);
  }
}
