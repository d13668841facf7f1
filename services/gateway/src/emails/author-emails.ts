import type { EmailCreateRequest, EmailUpdateRequest } from '@posthorn/contracts';
import { type Clock, Fault } from '@posthorn/runtime';
import type { Email, EmailChanged, EmailRepository } from '@posthorn/store';
import type { Principal } from '../auth/principal.ts';
import { invalidInput } from '../http/refusal.ts';
import type { PoolGrants } from '../pools/pool-grants.ts';
import { mergeDraft, requireUnchanged } from './draft-changes.ts';
import { defaultSubcategory, emailKindOf } from './email-kinds.ts';

/** Who writes an email, as far as it decides what may be written. */
export type Author = Pick<Principal, 'accountId' | 'scopes'>;

export type AuthorEmailsDeps = Readonly<{
  emails: Pick<EmailRepository, 'create' | 'find' | 'update' | 'unpublish' | 'delete'>;
  /** Throws a 400 unless the author may send by the pool. */
  requirePool: PoolGrants['require'];
  /** Told of every change that sends must see at once. */
  forget: (accountId: number, emailId: number) => void;
  clock: Clock;
}>;

/** How often a change is tried again when another one came between its read and its write. */
const triesMax = 4;

/** What an author does to emails, short of publishing. Every id of another account is `Fault('not_found')` (row A04). */
export function createAuthorEmails({ emails, requirePool, forget, clock }: AuthorEmailsDeps) {
  async function find(accountId: number, emailId: number): Promise<Email> {
    return found(await emails.find(accountId, emailId));
  }

  async function create(author: Author, request: EmailCreateRequest): Promise<Email> {
    const { name, subcategory, state, archived, ...authored } = request;
    const kind = emailKindOf(subcategory ?? defaultSubcategory);
    requireUnchanged({ state, archived }, [kind.draftState]);
    if (request.pool) await requirePool(author, request.pool);
    return emails.create({
      accountId: author.accountId,
      name,
      type: kind.type,
      subcategory: subcategory ?? defaultSubcategory,
      state: kind.draftState,
      draft: mergeDraft({}, authored),
      atMs: clock.nowMs(),
    });
  }

  /** Changes the draft; what is published goes on as it is until the next publish. */
  async function update(author: Author, emailId: number, request: EmailUpdateRequest): Promise<Email> {
    const { accountId } = author;
    if (request.pool) await requirePool(author, request.pool);
    for (let tries = 1; ; tries += 1) {
      const email = await find(accountId, emailId);
      const changed = await emails.update(accountId, emailId, changeOf(email, request, clock.nowMs()));
      if (changed.kind !== 'conflict' || tries === triesMax) return changedEmail(changed);
    }
  }

  /** Stops later sends from using the email. Doing it twice is the same as once. */
  async function unpublish(accountId: number, emailId: number): Promise<Email> {
    const email = await find(accountId, emailId);
    if (!email.isPublished) return email;
    const { draftState } = emailKindOf(email.subcategory);
    const changed = await emails.unpublish(accountId, emailId, { state: draftState, atMs: clock.nowMs() });
    forget(accountId, emailId);
    return changedEmail(changed);
  }

  async function remove(accountId: number, emailId: number): Promise<void> {
    const changed = await emails.delete(accountId, emailId, clock.nowMs());
    forget(accountId, emailId);
    changedEmail(changed);
  }

  return { find, create, update, unpublish, remove };
}
export type AuthorEmails = ReturnType<typeof createAuthorEmails>;

function changeOf(email: Email, request: EmailUpdateRequest, atMs: number) {
  const { name, subcategory, state, archived, ...authored } = request;
  requireUnchanged({ state, archived }, [email.state]);
  const kind = emailKindOf(subcategory ?? email.subcategory);
  if (email.publishedVersion !== undefined && subcategory && subcategory !== email.subcategory)
    throw invalidInput([
      {
        message: `must stay ${email.subcategory}, as this email was published; create another one instead`,
        code: 'INVALID_VALUE',
        in: 'subcategory',
      },
    ]);
  return {
    atMs,
    expectedRevision: email.revision,
    draft: mergeDraft(email.draft, authored),
    ...(name && { name }),
    ...(subcategory && kind.type !== email.type && { subcategory, type: kind.type, state: kind.draftState }),
  };
}

function found(email: Email | null): Email {
  if (email) return email;
  throw new Fault('not_found', 'There is no email with this id.');
}

/** The changed email; throws `not_found`, or `conflict` where others keep changing it at the same time. */
export function changedEmail(changed: EmailChanged): Email {
  if (changed.kind === 'changed') return changed.email;
  if (changed.kind === 'missing') return found(null);
  throw new Fault('conflict', 'The email was changed by another request at the same time. Try again.');
}
