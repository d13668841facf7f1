import type { Renewed } from '@posthorn/store';
import type { AdminAnswer, AdminDeps, AdminValues } from './admin-answer.ts';

const pageSize = 500;
/** Most ids of keys or tokens that the text names; the JSON has all. */
const namedMax = 20;

/**
 * `secrets check`: what still needs an older secret of `POSTHORN_SECRET`, and so what would end with it. Changes nothing.
 */
export async function checkSecrets(_values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { apiKeys, smtpTokens, dkimKeys, ips } = deps.store;
  const trial = { writes: false };
  const found = {
    apiKeys: await outdatedOf(apiKeys, deps),
    smtpTokens: await outdatedOf(smtpTokens, deps),
    dkimKeys: sealedOf(await dkimKeys.renewSeals(trial)),
    ips: sealedOf(await ips.renewSeals(trial)),
  };
  const text = [
    lineOf('API keys', found.apiKeys),
    lineOf('SMTP tokens', found.smtpTokens),
    `DKIM keys under an older secret: ${found.dkimKeys.outdated}; unreadable: ${found.dkimKeys.unreadable}`,
    `SOCKS5 passwords under an older secret: ${found.ips.outdated}; unreadable: ${found.ips.unreadable}`,
  ].join('\n');
  return { text, json: found };
}

type Digested = Readonly<{ id: string; digest: string; expiresAtMs?: number; revokedAtMs?: number }>;
type Lister = Readonly<{ listAll: (page: { after: string; limit: number }) => Promise<Digested[]> }>;

/** Returns the ids of those in force whose digest is not, or may not be, under the newest secret. */
async function outdatedOf(lister: Lister, { digests, nowMs }: AdminDeps): Promise<string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const page = await lister.listAll({ after, limit: pageSize });
    for (const { id, digest, revokedAtMs, expiresAtMs = Number.POSITIVE_INFINITY } of page)
      if (revokedAtMs === undefined && nowMs < expiresAtMs && digests.isOutdated(digest)) ids.push(id);
    const last = page.at(-1);
    if (!last || page.length < pageSize) return ids;
    after = last.id;
  }
}

function sealedOf({ renewed, unreadable }: Renewed) {
  return { outdated: renewed, unreadable };
}

function lineOf(name: string, ids: readonly string[]): string {
  const more = ids.length > namedMax ? ', …' : '';
  const named = ids.length > 0 ? `: ${ids.slice(0, namedMax).join(', ')}${more}` : '';
  return `${name} under an older secret, until they are used once: ${ids.length}${named}`;
}
