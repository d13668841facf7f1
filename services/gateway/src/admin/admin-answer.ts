import type { SecretDigests } from '@posthorn/mail';
import type { Store } from '@posthorn/store';

/** What a command prints: for a person, and with `--json` for a script. */
export type AdminAnswer = Readonly<{ text: string; json: unknown }>;

/** What a command is given on its line. */
export type AdminValues = Readonly<{
  account?: string | undefined;
  name?: string | undefined;
  'refuse-bounced'?: string | undefined;
  'dedupe-message-id'?: string | undefined;
  'refuse-complained'?: string | undefined;
  'track-opens'?: string | undefined;
  'track-clicks'?: string | undefined;
  'on-ambiguous'?: string | undefined;
  'company-name'?: string | undefined;
  'company-address'?: string | undefined;
  'company-city'?: string | undefined;
  'company-state'?: string | undefined;
  'company-zip'?: string | undefined;
  'company-country'?: string | undefined;
  pool?: string | undefined;
  'no-pool'?: boolean | undefined;
  scopes?: string | undefined;
  key?: string | undefined;
  days?: string | undefined;
}>;

/** What a command works on. */
export type AdminDeps = Readonly<{
  store: Pick<Store, 'accounts' | 'apiKeys' | 'pools' | 'emailVersions' | 'smtpTokens' | 'dkimKeys' | 'ips'>;
  digests: SecretDigests;
  nowMs: number;
  /** The pool of mail that names none. */
  defaultPool: string;
}>;
