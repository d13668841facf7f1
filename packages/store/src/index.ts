export type { Account, AccountRepository, AccountSettings, NewAccount, SettingsChange } from './accounts.ts';
export type { ApiKey, ApiKeyRepository } from './api-keys.ts';
export type { BlobStore } from './blobs.ts';
export { connectStore, type Store, type StoreOptions } from './connect-store.ts';
export { type ContactProperties, type ContactRepository, normalizeContactEmail } from './contacts.ts';
export type { ConversationRepository } from './conversations.ts';
export { addCounts, type CounterName, type Counts, countCells, dayMs, hourMs } from './counter-cells.ts';
export type { CounterQuery, CounterRepository, EmailCounts, PeriodCounts } from './counters.ts';
export type { DkimKey, DkimKeyRepository } from './dkim-keys.ts';
export type { CheckState, Domain, DomainChange, DomainKey, RecordCheck } from './domain-record.ts';
export type { DomainRepository } from './domains.ts';
export type { EmailQuery, EmailSortField, TimeRange } from './email-query.ts';
export type { EmailVersionRepository } from './email-versions.ts';
export {
  draftSizeBytesMax,
  type Email,
  type EmailChange,
  type EmailChanged,
  type EmailDraft,
  type EmailRepository,
  type NewEmail,
} from './emails.ts';
export type { EventCursor } from './event-page.ts';
export type { EventQuery, EventRepository, RefusedEvent } from './events.ts';
export type { Folded } from './fold-counters.ts';
export type { Generation, GenerationRepository } from './generations.ts';
export { newAccountId, newCampaignId, newEmailId } from './ids.ts';
export type { IpCheck, IpState, SendingIp, SendingIpChange, Socks5 } from './ip-record.ts';
export type { IpRepository } from './ips.ts';
export type { Pool, PoolRepository } from './pools.ts';
export { createSeal, type Renewed, type Seal } from './seal.ts';
export type { DeliveryRecord, DeliveryState, Hits, RecordedAttempt, SendRecord } from './send-record.ts';
export type { SendRepository } from './sends.ts';
export type { SmtpTokenQuery } from './smtp-token-query.ts';
export type { SmtpToken, SmtpTokenRepository, StoredSmtpToken } from './smtp-tokens.ts';
export type { Suppression, SuppressionOrigin } from './suppression-of-event.ts';
export type { SuppressedAddress, SuppressionQuery, SuppressionRepository } from './suppressions.ts';
