import { type SmtpTokenListQuery, smtpTokensPerAccountMax } from '@posthorn/contracts';
import { accountOfSmtpTokenId, generateSmtpPassword, type SecretDigests } from '@posthorn/mail';
import { type Clock, Fault } from '@posthorn/runtime';
import type { SmtpToken, SmtpTokenRepository } from '@posthorn/store';
import type { Cursors } from '../http/cursors.ts';
import { issueSmtpToken, type NewSmtpToken } from './issue-smtp-token.ts';
import type { TokenNotices } from './token-notices.ts';

export type KeepSmtpTokensDeps = Readonly<{
  smtpTokens: Pick<
    SmtpTokenRepository,
    'insert' | 'find' | 'findCampaign' | 'list' | 'count' | 'reset' | 'remove'
  >;
  notices: TokenNotices;
  digests: SecretDigests;
  cursors: Cursors;
  clock: Clock;
}>;

/** A token and its password, which nobody can see again. */
export type TokenWithPassword = Readonly<{ token: SmtpToken; password: string }>;

/**
 * What an account does with its SMTP tokens. All throw `not_found` alike for no token, an expired one, and another
 * account's.
 *
 * `reset` and `remove` are done in MongoDB first and told to the submission servers next. When that fails they throw
 * `unavailable`, with the old password already wrong in MongoDB: a repeat tells them, and so does time, since they look
 * again at what they know every half a minute.
 */
export type KeepSmtpTokens = Readonly<{
  /** Throws `conflict` where the account has `smtpTokensPerAccountMax`. */
  create: (request: NewSmtpToken) => Promise<TokenWithPassword>;
  find: (accountId: number, id: string) => Promise<SmtpToken>;
  list: (
    accountId: number,
    query: SmtpTokenListQuery,
  ) => Promise<{ tokens: readonly SmtpToken[]; nextCursor?: string }>;
  /** All of them, oldest first. */
  listAll: (accountId: number) => Promise<readonly SmtpToken[]>;
  reset: (accountId: number, id: string) => Promise<TokenWithPassword>;
  remove: (accountId: number, id: string) => Promise<void>;
}>;

const defaultLimit = 100;

/** Makes it. */
export function createKeepSmtpTokens(deps: KeepSmtpTokensDeps): KeepSmtpTokens {
  const { smtpTokens, notices, digests, clock } = deps;
  const find: KeepSmtpTokens['find'] = async (accountId, id) => {
    if (accountOfSmtpTokenId(id) !== accountId) throw notFound();
    const found = await smtpTokens.find(id);
    if (!found || isExpired(found, clock.nowMs())) throw notFound();
    const { digest: _, ...token } = found;
    return token;
  };
  return {
    find,
    async create(request) {
      const nowMs = clock.nowMs();
      if ((await smtpTokens.count(request.accountId, nowMs)) >= smtpTokensPerAccountMax)
        throw new Fault(
          'conflict',
          `An account can have ${smtpTokensPerAccountMax} SMTP tokens; delete one first.`,
        );
      return issueSmtpToken({ smtpTokens, digests, nowMs }, request);
    },
    list: createList(deps),
    listAll: async (accountId) => {
      const query = { accountId, limit: smtpTokensPerAccountMax, aliveAtMs: clock.nowMs() };
      return (await smtpTokens.list(query)).tokens;
    },
    async reset(accountId, id) {
      await find(accountId, id);
      const password = generateSmtpPassword();
      const token = await smtpTokens.reset(accountId, id, digests.make(password));
      if (!token) throw notFound();
      await tell(notices, id);
      return { token, password };
    },
    remove: createRemove(deps),
  };
}

function createList({ smtpTokens, cursors, clock }: KeepSmtpTokensDeps): KeepSmtpTokens['list'] {
  return async (accountId, { campaignName, emailCampaignId, limit = defaultLimit, ...query }) => {
    const list = { list: 'smtp-tokens', accountId } as const;
    const after = cursors.open(list, query.after);
    const page = await smtpTokens.list({
      ...{ accountId, limit, aliveAtMs: clock.nowMs() },
      ...(after !== undefined && { after }),
      ...(campaignName !== undefined && { campaignName }),
      ...(emailCampaignId !== undefined && { emailCampaignId: campaignIdOf(emailCampaignId) }),
    });
    const { tokens, nextCursor } = page;
    return { tokens, ...(nextCursor !== undefined && { nextCursor: cursors.seal(list, nextCursor) }) };
  };
}

/** A repeat after a failed telling finds nothing to delete any more, and tells nevertheless. */
function createRemove({ smtpTokens, notices, clock }: KeepSmtpTokensDeps): KeepSmtpTokens['remove'] {
  return async (accountId, id) => {
    const known = accountOfSmtpTokenId(id) === accountId && (await smtpTokens.findCampaign(accountId, id));
    if (!known) throw notFound();
    const isRemoved = await smtpTokens.remove(accountId, id);
    await tell(notices, id);
    if (!isRemoved || isExpired(known, clock.nowMs())) throw notFound();
  };
}

async function tell(notices: TokenNotices, id: string): Promise<void> {
  try {
    await notices.changed(id);
  } catch (cause) {
    const message =
      'The old password is no longer valid, but the SMTP servers could not be told at once. Repeat this call.';
    throw new Fault('unavailable', message, { cause });
  }
}

/** What is no id is the campaign of no token, as an unknown one is. */
function campaignIdOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function isExpired({ expiresAtMs }: SmtpToken, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

function notFound(): Fault {
  return new Fault('not_found', 'There is no SMTP token with this id.');
}
