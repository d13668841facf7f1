import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');

/** Which of our packages each folder may import; what is not listed may import none. */
const mayImport: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/mail': ['contracts'],
  'packages/runtime': [],
  'packages/queue': ['contracts', 'runtime'],
  'packages/store': ['contracts', 'mail', 'runtime'],
  'packages/domains': ['contracts', 'mail', 'runtime', 'store'],
  'packages/shaping': ['contracts', 'mail', 'runtime'],
};
const libraries = ['contracts', 'domains', 'mail', 'queue', 'runtime', 'shaping', 'store'];
const anything = [...libraries, 'local', 'testing'];

/** Libraries that exactly one folder may import. */
const soleImporters: Record<string, string> = { bullmq: 'packages/queue', mongoose: 'packages/store' };

test('imports point one way: no file imports a package of ours that its layer may not', () => {
  const breaches = allImports().filter(({ folder, file, target }) => {
    const ours = /^@posthorn\/([a-z]+)/.exec(target)?.[1];
    return ours !== undefined && !allowed(folder, file).includes(ours);
  });

  assert.deepEqual(breaches, []);
});

test('a service never imports another service, and no relative import leaves its package', () => {
  const breaches = allImports().filter(({ folder, file, target }) => {
    if (!target.startsWith('.')) return false;
    return !path.join(path.dirname(file), target).startsWith(`${folder}/`);
  });

  assert.deepEqual(breaches, []);
});

test('only queue imports bullmq and only store imports mongoose', () => {
  const breaches = allImports().filter(({ folder, file, target }) => {
    const sole = soleImporters[target.split('/')[0] ?? ''];
    return sole !== undefined && sole !== folder && !isTest(file);
  });

  assert.deepEqual(breaches, []);
});

test('only a main.ts, a test, or what starts things locally reads process.env', () => {
  const readers = sources().filter(
    (file) =>
      /^(packages|services)\//.test(file) &&
      !/^packages\/(local|testing)\//.test(file) &&
      !file.endsWith('main.ts') &&
      !isTest(file) &&
      file !== 'packages/runtime/src/telemetry/start.ts' &&
      readFileSync(path.join(root, file), 'utf8').includes('process.env'),
  );

  assert.deepEqual(readers, []);
});

type Import = { folder: string; file: string; target: string };

function allowed(folder: string, file: string): readonly string[] {
  if (isTest(file) || /^(packages\/(local|testing)|e2e|bench|tests)$/.test(folder)) return anything;
  if (folder.startsWith('services/')) return libraries;
  return mayImport[folder] ?? [];
}

function allImports(): Import[] {
  return sources().flatMap((file) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      ([, target = '']) => ({
        folder: folderOf(file),
        file,
        target,
      }),
    ),
  );
}

function folderOf(file: string): string {
  const [top = '', name = ''] = file.split('/');
  return top === 'packages' || top === 'services' ? `${top}/${name}` : top;
}

function isTest(file: string): boolean {
  return /\.(test|bench)\.ts$|\/test(ing)?\//.test(file);
}

function sources(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}
