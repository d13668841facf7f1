import { type EmailVersion, PoolName } from '@posthorn/contracts';
import { type Clock, Fault } from '@posthorn/runtime';
import type { Email, EmailRepository, EmailVersionRepository } from '@posthorn/store';
import { invalidInput } from '../http/refusal.ts';
import type { PoolGrants } from '../pools/pool-grants.ts';
import { type Author, changedEmail } from './author-emails.ts';
import type { CompileEmail } from './compile-email.ts';
import { emailKindOf } from './email-kinds.ts';
import { readDraft } from './email-source.ts';

export type PublishEmailDeps = Readonly<{
  emails: Pick<EmailRepository, 'find' | 'allocateVersion' | 'publish'>;
  versions: Pick<EmailVersionRepository, 'insert'>;
  compile: CompileEmail;
  /** Throws a 400 unless the author may send by the pool. */
  requirePool: PoolGrants['require'];
  /** Told of the publish, so that sends here see it at once. */
  forget: (accountId: number, emailId: number) => void;
  clock: Clock;
}>;

/** Most problems of a template told at once. */
const problemsMax = 20;

/**
 * Makes the publishing of an email: compiles its draft into a version, stores that, and points the email at it.
 *
 * Throws a 400 that names field, line and column of whatever cannot be published; nothing changed then. The version
 * is stored before the pointer moves, so a send never names one that is not there. Publishing again makes a new version.
 */
export function createPublishEmail(deps: PublishEmailDeps) {
  const { emails, versions, compile, requirePool, forget, clock } = deps;
  return async (author: Author, emailId: number): Promise<Email> => {
    const { accountId } = author;
    const email = await emails.find(accountId, emailId);
    if (!email) throw noEmail();
    const compiled = compileDraft(email, compile);
    if (compiled.pool !== undefined) await requirePool(author, compiled.pool);

    const version = await emails.allocateVersion(accountId, emailId);
    if (version === null) throw noEmail();
    const atMs = clock.nowMs();
    await versions.insert({
      ...compiled,
      accountId,
      emailId,
      version,
      publishedAtMs: atMs,
      name: email.name,
    });
    const state = emailKindOf(email.subcategory).publishedState;
    const changed = await emails.publish(accountId, emailId, {
      version,
      state,
      atMs,
      expectedRevision: email.revision,
    });
    forget(accountId, emailId);
    return changedEmail(changed);
  };
}
export type PublishEmail = ReturnType<typeof createPublishEmail>;

type Compiled = Omit<EmailVersion, 'accountId' | 'emailId' | 'version' | 'publishedAtMs' | 'name'>;

function compileDraft(email: Email, compile: CompileEmail): Compiled {
  requireSendable(email);
  const draft = readDraft(email.draft);
  if (draft.errors.length > 0) throw invalidInput(draft.errors);
  const compiled = compile(draft.source);
  if (compiled.kind === 'refused')
    throw invalidInput(compiled.problems.slice(0, problemsMax).map(draft.errorOf));

  const { kind: _, ...fields } = compiled;
  const pool = PoolName.optional().parse(email.draft['pool']);
  return {
    ...{ ...fields, fromAddress: draft.fromAddress },
    ...(draft.replyTo && { replyTo: draft.replyTo }),
    ...(pool !== undefined && { pool }),
  };
}

function requireSendable({ subcategory }: Email): void {
  if (emailKindOf(subcategory).isSendable) return;
  throw invalidInput([
    {
      message:
        'must be single_send_api, marketing_single_send_api or automated: Posthorn does not send to lists',
      code: 'INVALID_VALUE',
      in: 'subcategory',
    },
  ]);
}

function noEmail(): Fault {
  return new Fault('not_found', 'There is no email with this id.');
}
