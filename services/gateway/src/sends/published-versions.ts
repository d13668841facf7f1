import { type Clock, createFreshCache } from '@posthorn/runtime';

/** The part of an email that a send needs to know. */
export type PublishState = Readonly<{ isPublished: boolean; publishedVersion?: number | undefined }>;

/** Where emails are; throws `Fault('unavailable')` while MongoDB is away. */
export type EmailLookup = Readonly<{
  find: (accountId: number, emailId: number) => Promise<PublishState | null>;
}>;

/** A publish on another gateway is seen within this time; one on this gateway at once. */
const freshMs = 2_000;
const emailsMax = 20_000;

/** What is published, as far as sends need it. */
export type PublishedVersions = Readonly<{
  /**
   * The version that a send accepted now uses; undefined where there is no such email or none is published. Serves
   * what it knew while MongoDB is away; for an email it never saw it throws `Fault('unavailable')` then.
   */
  find: (accountId: number, emailId: number) => Promise<number | undefined>;
  /** Forgets an email that was changed here. */
  forget: (accountId: number, emailId: number) => void;
}>;

/** An unpublished or unknown email is looked up each time, so that a send right after its first publish finds it. */
export function createPublishedVersions(emails: EmailLookup, clock: Clock): PublishedVersions {
  const versions = createFreshCache<number>({
    clock,
    freshMs,
    absentMs: 0,
    max: emailsMax,
    load: async (key) => {
      const [accountId, emailId] = key.split(':').map(Number);
      const email = await emails.find(accountId ?? 0, emailId ?? 0);
      return (email?.isPublished && email.publishedVersion) || null;
    },
  });
  return {
    find: async (accountId, emailId) => (await versions.get(`${accountId}:${emailId}`)) ?? undefined,
    forget: (accountId, emailId) => versions.forget(`${accountId}:${emailId}`),
  };
}
