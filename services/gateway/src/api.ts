import { createStatusIdIssuer, inspectStatusId, type Keyring, type SecretDigests } from '@posthorn/mail';
import { type Clock, createByteBudget, type Logger } from '@posthorn/runtime';
import type {
  ApiKeyRepository,
  ConversationRepository,
  CounterRepository,
  EmailRepository,
  EmailVersionRepository,
  EventRepository,
  GenerationRepository,
  SendRepository,
} from '@posthorn/store';
import type { Express } from 'express';
import { createKeepAccounts, type KeepAccountsDeps } from './accounts/keep-accounts.ts';
import { createAuthenticate } from './auth/authenticate.ts';
import { createSendingDomains, type DomainsHow, type SendingDomainsDeps } from './domains/sending-domains.ts';
import { createAuthorEmails } from './emails/author-emails.ts';
import type { CompileEmail } from './emails/compile-email.ts';
import { createListEmails } from './emails/list-emails.ts';
import { createPublishEmail } from './emails/publish-email.ts';
import { type Cursors, createCursors } from './http/cursors.ts';
import type { Endpoint } from './http/endpoint.ts';
import { createHttp, type HttpDeps, mountFallbacks } from './http/http.ts';
import type { IdempotencyStore } from './idempotency/idempotency-store.ts';
import { createRunOnce } from './idempotency/run-once.ts';
import { type ComposeIpsDeps, composeIps, type IpStores, type IpsHow } from './ips/compose-ips.ts';
import type { PoolGrants } from './pools/pool-grants.ts';
import { createEndpoints } from './routes/endpoints.ts';
import type { SiteRoutesDeps } from './routes/sites.ts';
import type { SuppressionRoutesDeps } from './routes/suppressions.ts';
import type { SendWaitingDeps } from './routes/waiting.ts';
import type { WarmupRoutesDeps } from './routes/warmup.ts';
import { createAcceptSends, type SendPostbox } from './sends/accept-sends.ts';
import { createAwaitResult } from './sends/await-result.ts';
import { createPublishedVersions, type PublishedVersions } from './sends/published-versions.ts';
import { createSendLookup } from './sends/send-lookup.ts';
import { createKeepSmtpTokens, type KeepSmtpTokensDeps } from './smtp-tokens/keep-smtp-tokens.ts';

/** Everything the API needs from outside this process. Plain objects will do, which is what its tests give. */
export type ApiDeps = Readonly<{
  store: Readonly<{
    apiKeys: Pick<ApiKeyRepository, 'find' | 'touch' | 'renewDigest'>;
    emails: Pick<
      EmailRepository,
      'create' | 'find' | 'list' | 'update' | 'allocateVersion' | 'publish' | 'unpublish' | 'delete'
    >;
    emailVersions: Pick<EmailVersionRepository, 'insert'> & IpStores['emailVersions'];
    sends: Pick<SendRepository, 'find'>;
    events: Pick<EventRepository, 'listBySend'>;
    generations: Pick<GenerationRepository, 'findLossAfter'>;
    conversations: Pick<ConversationRepository, 'listBySend'>;
    suppressions: SuppressionRoutesDeps['suppressions'];
    accounts: IpStores['accounts'] & KeepAccountsDeps['accounts'];
    domains: SendingDomainsDeps['domains'] & IpStores['domains'];
    dkimKeys: SendingDomainsDeps['dkimKeys'];
    ips: IpStores['ips'];
    pools: IpStores['pools'];
    smtpTokens: KeepSmtpTokensDeps['smtpTokens'];
    counters: Pick<CounterRepository, 'hourly' | 'daily'>;
  }>;
  postbox: SendPostbox;
  /** How sending domains are shown and checked. */
  domains: DomainsHow;
  ips: IpsHow;
  warmup: WarmupRoutesDeps['warmup'] & ComposeIpsDeps['warmup'];
  /** What the dispatchers tell of the receivers' sites and of the sends that wait. */
  shaping: Pick<SiteRoutesDeps, 'sites'> & Pick<SendWaitingDeps, 'waiting'>;
  idempotency: IdempotencyStore;
  tokenNotices: KeepSmtpTokensDeps['notices'];
  limit: HttpDeps['limit'];
  compile: CompileEmail;
  keys: ApiKeys;
  clock: Clock;
  log: Logger;
  limits: ApiLimits;
  /** Names this process in the ids it gives out; any number, a different one for each process if possible. */
  processSeed: number;
}>;

/** The keys that the API signs and compares with. */
export type ApiKeys = Readonly<{ keyring: Keyring; digests: SecretDigests }>;

/** Sizes in bytes, times in milliseconds. */
export type ApiLimits = Readonly<{
  bodyBytesMax: number;
  /** With attachments. */
  sendBytesMax: number;
  /** Of all bodies under way at once, beyond the first 64 KiB of each. */
  bodiesBytesMax: number;
  /** Longest a legacy synchronous send waits for its result. */
  legacyWaitMs: number;
}>;

/** A body may hold an email of 1 MB of HTML, escaped, and its text. */
const emailBytesMax = 3 * 1024 * 1024;

/** Composes the API. `mount` adds what else the app serves, before its answer for unknown paths. */
export function createApi(
  deps: ApiDeps,
  mount: (app: Express, endpoints: readonly Endpoint[]) => void,
): Express {
  const { store, keys, clock, log, limits } = deps;
  const authenticate = createAuthenticate({ ...store, digests: keys.digests, clock, log });
  const endpoints = composeEndpoints(deps);

  const app = createHttp(endpoints, {
    authenticate,
    limit: deps.limit,
    clock,
    log,
    bodyBytesMax: limits.bodyBytesMax,
    bodyBudget: createByteBudget({ bytesMax: limits.bodiesBytesMax, waitMs: 0 }),
  });
  mount(app, endpoints);
  mountFallbacks(app, { log });
  return app;
}

function composeEndpoints(deps: ApiDeps): Endpoint[] {
  const { store, shaping, warmup, keys, clock, limits } = deps;
  const cursors = createCursors(keys.keyring);
  const pooled = composeIps({ store, how: deps.ips, domains: deps.domains, warmup, clock });
  const versions = createPublishedVersions(store.emails, clock);

  return createEndpoints({
    keepAccounts: createKeepAccounts({ accounts: store.accounts, poolGrants: pooled.poolGrants }),
    ...composeSending(deps, versions),
    ...composeAuthoring(deps, { cursors, requirePool: pooled.poolGrants.require, forget: versions.forget }),
    ...composeSettings(deps, cursors),
    ...shaping,
    ...pooled,
    ips: store.ips,
    warmup,
    cursors,
    clock,
    bodyBytesMax: limits.bodyBytesMax,
    sendBytesMax: limits.sendBytesMax,
    emailBytesMax,
  });
}

/** What takes sends and says what became of them. */
function composeSending(
  { store, postbox, idempotency, keys, clock, log, limits, processSeed }: ApiDeps,
  versions: PublishedVersions,
) {
  const statusIds = createStatusIdIssuer(keys.keyring, { processSeed });
  const inspect = (accountId: number, id: string) => inspectStatusId(keys.keyring, accountId, id);
  const findSend = createSendLookup({ inspect, sends: store.sends, generations: store.generations, clock });
  return {
    acceptSends: createAcceptSends({ versions, sends: postbox }),
    findSend,
    events: store.events,
    conversations: store.conversations,
    runOnce: createRunOnce({ idempotency, statusIds, clock, log }),
    awaitResult: createAwaitResult({ findSend, clock, waitMs: limits.legacyWaitMs }),
  };
}

type AuthoringHow = Readonly<{
  cursors: Cursors;
  requirePool: PoolGrants['require'];
  forget: PublishedVersions['forget'];
}>;

/** What keeps emails and publishes them. */
function composeAuthoring(
  { store: { emails, emailVersions }, compile, clock }: ApiDeps,
  { cursors, ...shared }: AuthoringHow,
) {
  const how = { ...shared, emails, clock };
  return {
    authorEmails: createAuthorEmails(how),
    publishEmail: createPublishEmail({ ...how, versions: emailVersions, compile }),
    listEmails: createListEmails({ emails, cursors }),
  };
}

/** What an account keeps besides its emails, and counts. */
function composeSettings(
  { store, domains: how, tokenNotices: notices, keys, clock }: ApiDeps,
  cursors: Cursors,
) {
  const { suppressions, smtpTokens, counters, domains, dkimKeys } = store;
  return {
    suppressions,
    counters,
    campaigns: smtpTokens,
    smtpTokens: createKeepSmtpTokens({ smtpTokens, notices, digests: keys.digests, cursors, clock }),
    sendingDomains: createSendingDomains({ domains, dkimKeys, how, cursors, clock }),
  };
}
