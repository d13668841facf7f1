import { readFile } from 'node:fs/promises';
import { Fault } from '@posthorn/runtime';
import { parse } from 'yaml';
import { z } from 'zod';

/**
 * Reads a YAML file of rules that an operator may change. Throws a `misconfigured` Fault that says what is wrong and where, by
 * the file's name as it was given.
 */
export async function readRulesFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const content = await readYaml(path);
  const parsed = schema.safeParse(content ?? {});
  if (parsed.success) return parsed.data;
  throw new Fault('misconfigured', `${path} is not usable:\n${z.prettifyError(parsed.error)}`);
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('misconfigured', `${path} cannot be read: ${problem}`, { cause });
  }
}
