import type { EmailVersion } from '@posthorn/contracts';
import type { Email, EmailChanged } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';

/** For tests: the store's emails in a map, with the same outcomes. */
export function createFakeEmails(answer: <T>(value: T) => T) {
  const emails = new Map<number, Email>();
  const versions: EmailVersion[] = [];
  const counters = new Map<number, number>();

  const living = (accountId: number, emailId: number): Email | null => {
    const email = emails.get(emailId);
    return email?.accountId === accountId && email.deletedAtMs === undefined ? email : null;
  };
  const change = (
    accountId: number,
    emailId: number,
    expectedRevision: number | undefined,
    fields: Partial<Email>,
  ): EmailChanged => {
    const email = answer(living(accountId, emailId));
    if (!email) return { kind: 'missing' };
    if (expectedRevision !== undefined && expectedRevision !== email.revision) return { kind: 'conflict' };
    const changed = { ...email, ...fields, revision: email.revision + 1 };
    emails.set(emailId, changed);
    return { kind: 'changed', email: changed };
  };

  const repository: ApiDeps['store']['emails'] = {
    create: async ({ atMs, emailId = 1_000 + emails.size, ...email }) => {
      const made = {
        ...email,
        emailId,
        isPublished: false,
        archived: false,
        createdAtMs: atMs,
        updatedAtMs: atMs,
        revision: 1,
      };
      emails.set(emailId, answer(made));
      return made;
    },
    find: async (accountId, emailId) => answer(living(accountId, emailId)),
    list: async ({ accountId, limit, after = '0' }) => {
      const all = [...emails.values()].filter((email) => living(accountId, email.emailId));
      const end = Number(after) + limit;
      return {
        emails: all.slice(Number(after), end),
        total: all.length,
        ...(end < all.length && { nextCursor: String(end) }),
      };
    },
    update: async (accountId, emailId, { atMs, expectedRevision, ...fields }) =>
      change(accountId, emailId, expectedRevision, { ...fields, updatedAtMs: atMs }),
    allocateVersion: async (_accountId, emailId) => {
      counters.set(emailId, (counters.get(emailId) ?? 0) + 1);
      return counters.get(emailId) ?? null;
    },
    publish: async (accountId, emailId, { version, state, atMs, expectedRevision }) =>
      change(accountId, emailId, expectedRevision, {
        publishedVersion: version,
        isPublished: true,
        state,
        publishedAtMs: atMs,
      }),
    unpublish: async (accountId, emailId, { state, atMs }) =>
      change(accountId, emailId, undefined, { isPublished: false, state, unpublishedAtMs: atMs }),
    delete: async (accountId, emailId, atMs) =>
      change(accountId, emailId, undefined, { isPublished: false, deletedAtMs: atMs }),
  };
  return {
    emails: repository,
    emailVersions: { insert: async (version: EmailVersion) => void versions.push(version) },
    versions,
    put: (email: Partial<Email> & Pick<Email, 'accountId' | 'emailId'>) =>
      emails.set(email.emailId, { ...blank, ...email }),
  };
}

const blank: Omit<Email, 'accountId' | 'emailId'> = {
  name: 'Receipt',
  type: 'SINGLE_SEND_API',
  subcategory: 'single_send_api',
  state: 'AUTOMATED_DRAFT',
  isPublished: false,
  archived: false,
  draft: {},
  createdAtMs: 1,
  updatedAtMs: 1,
  revision: 1,
};
