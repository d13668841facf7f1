import { createHash } from 'node:crypto';
import { providerAliases, providerSuffixes } from './provider-suffixes.ts';

/**
 * Names the site that a set of mail hosts makes: a large receiver by its own name, any other by its hosts. The same
 * hosts make the same site, whatever their order and preference.
 */
export function siteNameOf(hosts: readonly string[]): string {
  const names = [...new Set(hosts.map((host) => host.toLowerCase()))].sort();
  const [first = '', ...others] = names;
  const provider = providerOf(first);
  if (provider && others.every((host) => providerOf(host) === provider)) return provider;
  if (others.length === 0) return first;
  // The names of ten hosts are too long for a key and a metric's label.
  const digest = createHash('sha256').update(names.join(' ')).digest('hex').slice(0, 10);
  return `${first}+${others.length}-${digest}`;
}

function providerOf(host: string): string | undefined {
  const suffix = providerSuffixes.find((name) => host === name || host.endsWith(`.${name}`));
  return suffix && (providerAliases[suffix] ?? suffix);
}
