import type { EmailVersion } from '@posthorn/contracts';
import type { Email, EmailChanged, EmailQuery } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';

type Answer = <T>(value: T) => T;

/** For tests: the store's emails in a map, with the same outcomes; `answer` throws while MongoDB is to be away. */
export function createFakeEmails(answer: Answer) {
  const table = createTable(answer);
  const versions: EmailVersion[] = [];
  const listed: EmailQuery[] = [];
  const emails = createRepository(table, answer);
  return {
    emails: {
      ...emails,
      list: async (query: EmailQuery) => {
        listed.push(query);
        return emails.list(query);
      },
    },
    /** Every query for a list that was asked, in order. */
    listed,
    emailVersions: {
      insert: async (version: EmailVersion) => void versions.push(version),
      listInPool: async () => answer([]),
      listPools: async () => answer([]),
    },
    versions,
    put: (email: Partial<Email> & Pick<Email, 'accountId' | 'emailId'>) =>
      table.rows.set(email.emailId, { ...blank, ...email }),
  };
}

type Table = ReturnType<typeof createTable>;

function createTable(answer: Answer) {
  const rows = new Map<number, Email>();
  const living = (accountId: number, emailId: number): Email | null => {
    const email = rows.get(emailId);
    return email?.accountId === accountId && email.deletedAtMs === undefined ? email : null;
  };
  const change = (
    [accountId, emailId]: readonly [number, number],
    fields: Partial<Email>,
    expectedRevision?: number,
  ): EmailChanged => {
    const email = answer(living(accountId, emailId));
    if (!email) return { kind: 'missing' };
    if (expectedRevision !== undefined && expectedRevision !== email.revision) return { kind: 'conflict' };
    const changed = { ...email, ...fields, revision: email.revision + 1 };
    rows.set(emailId, changed);
    return { kind: 'changed', email: changed };
  };
  return { rows, living, change };
}

function createRepository({ rows, living, change }: Table, answer: Answer): ApiDeps['store']['emails'] {
  const versions = new Map<number, number>();
  return {
    create: async ({ atMs, emailId = 1_000 + rows.size, ...email }) => {
      const made = { ...blank, ...email, emailId, createdAtMs: atMs, updatedAtMs: atMs };
      rows.set(emailId, answer(made));
      return made;
    },
    find: async (accountId, emailId) => answer(living(accountId, emailId)),
    list: async ({ accountId, limit, after = '0' }) => {
      const all = [...rows.values()].filter(({ emailId }) => living(accountId, emailId));
      const end = Number(after) + limit;
      const more = end < all.length && { nextCursor: String(end) };
      return { emails: all.slice(Number(after), end), total: all.length, ...more };
    },
    update: async (accountId, emailId, { atMs, expectedRevision, ...fields }) =>
      change([accountId, emailId], { ...fields, updatedAtMs: atMs }, expectedRevision),
    allocateVersion: async (_accountId, emailId) => {
      const version = (versions.get(emailId) ?? 0) + 1;
      versions.set(emailId, version);
      return version;
    },
    publish: async (accountId, emailId, { version, state, atMs, expectedRevision }) => {
      const fields = { publishedVersion: version, isPublished: true, state, publishedAtMs: atMs };
      return change([accountId, emailId], fields, expectedRevision);
    },
    unpublish: async (accountId, emailId, { state, atMs }) =>
      change([accountId, emailId], { isPublished: false, state, unpublishedAtMs: atMs }),
    delete: async (accountId, emailId, atMs) =>
      change([accountId, emailId], { isPublished: false, deletedAtMs: atMs }),
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
