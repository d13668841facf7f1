import type { AccountId, EmailId, JsonValue } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import { type EmailQuery, emailFilter, emailPageFilter, emailSort, nextEmailCursor } from './email-query.ts';
import type { Guard } from './guard.ts';
import { newEmailId } from './ids.ts';
import { isDuplicateKey } from './write-refusals.ts';

/**
 * The authored fields of HubSpot's `PublicEmail` that have no column of their own: subject, from, content, language,
 * campaign, webversion, to, … The gateway decides which are allowed and in what shape.
 */
export type EmailDraft = Readonly<Record<string, JsonValue>>;

/** An authored email: its draft, and which compiled version is published. */
export type Email = Readonly<{
  accountId: AccountId;
  emailId: EmailId;
  name: string;
  /** HubSpot's `type`, `subcategory` and `state`, for example SINGLE_SEND_API, single_send_api, AUTOMATED_DRAFT. */
  type: string;
  subcategory: string;
  state: string;
  isPublished: boolean;
  archived: boolean;
  draft: EmailDraft;
  /** The version that sends use; it stays after unpublishing, so read it together with `isPublished`. */
  publishedVersion?: number;
  createdAtMs: number;
  updatedAtMs: number;
  publishedAtMs?: number;
  unpublishedAtMs?: number;
  deletedAtMs?: number;
  createdById?: string;
  updatedById?: string;
  publishedById?: string;
  /** Goes up by one with every change of the draft or state: the condition for changing it safely. */
  revision: number;
}>;

export type NewEmail = Readonly<{
  accountId: AccountId;
  name: string;
  type: string;
  subcategory: string;
  state: string;
  draft: EmailDraft;
  atMs: number;
  createdById?: string;
  /** Fixed id, for set-up scripts and tests; else a random unused one is taken. */
  emailId?: EmailId;
}>;

/** A change of the draft. `draft` replaces the whole stored draft: the caller merges, under `expectedRevision`. */
export type EmailChange = Readonly<
  Partial<Pick<Email, 'name' | 'type' | 'subcategory' | 'state' | 'archived' | 'draft'>> & {
    updatedById?: string;
    atMs: number;
    /** Refuse with `conflict` unless the email is still at this revision. */
    expectedRevision?: number;
  }
>;

export type EmailChanged =
  | { kind: 'changed'; email: Email }
  /** Someone else changed it since `expectedRevision`: read it again. */
  | { kind: 'conflict' }
  | { kind: 'missing' };

/** Largest draft as JSON, in bytes of UTF-8. HubSpot names no limit; MongoDB's is 16 MiB for a document. */
export const draftSizeBytesMax = 2 * 1024 * 1024;

type EmailDoc = Omit<Email, 'emailId' | 'draft' | 'publishedAtMs'> & {
  _id: number;
  /** JSON text: author-chosen keys may hold dots, dollars or `__proto__`, which a subdocument would give a meaning. */
  draftJson: string;
  /** The draft's `campaign`, which lists are filtered by; absent in what an older release wrote. */
  campaign?: string;
  /** 0 while it was never published, so that sorting and ranges see every email. */
  publishedAtMs: number;
  lastVersion: number;
};

const emailSchema = new Schema<EmailDoc>(
  {
    _id: { type: Number, required: true },
    accountId: { type: Number, required: true },
    name: { type: String, required: true },
    type: { type: String, required: true },
    subcategory: { type: String, required: true },
    state: { type: String, required: true },
    isPublished: { type: Boolean, default: false },
    archived: { type: Boolean, default: false },
    draftJson: { type: String, required: true },
    campaign: String,
    publishedVersion: Number,
    lastVersion: { type: Number, default: 0 },
    createdAtMs: { type: Number, required: true },
    updatedAtMs: { type: Number, required: true },
    publishedAtMs: { type: Number, default: 0 },
    unpublishedAtMs: Number,
    deletedAtMs: Number,
    createdById: String,
    updatedById: String,
    publishedById: String,
    revision: { type: Number, default: 1 },
  },
  { strict: 'throw', versionKey: false },
);
emailSchema.index({ accountId: 1, createdAtMs: 1, _id: 1 });
emailSchema.index({ accountId: 1, updatedAtMs: 1, _id: 1 });

/** The authored emails. `_id` is the email's id, unique over all accounts; every call names the account as well. */
export class EmailRepository {
  readonly #model: Model<EmailDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<EmailDoc>('Email', emailSchema, 'emails');
    this.#guard = guard;
  }

  /** Makes an email. Throws `too_large` for a draft over `draftSizeBytesMax`, `conflict` when a fixed id is taken. */
  async create({ emailId, draft, atMs, ...email }: NewEmail): Promise<Email> {
    const fields = { ...email, ...columnsOf(draft), createdAtMs: atMs, updatedAtMs: atMs };
    for (;;) {
      try {
        const _id = emailId ?? newEmailId();
        const doc = await this.#guard('emails.create', () => this.#model.create({ ...fields, _id }));
        return emailOf(doc.toObject());
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        if (emailId !== undefined) throw new Fault('conflict', 'This email id is taken.');
      }
    }
  }

  /** The account's email, archived or not, or null if there is none or it was deleted. */
  async find(accountId: AccountId, emailId: EmailId): Promise<Email | null> {
    const doc = await this.#guard('emails.find', () =>
      this.#model.findOne(livingEmail(accountId, emailId)).lean<EmailDoc>().exec(),
    );
    return doc && emailOf(doc);
  }

  /**
   * One page of the account's emails and how many match in all. Stable while emails are added: pages follow a
   * cursor, not an offset. Throws `invalid_request` for a cursor that this query did not make.
   */
  async list(query: EmailQuery): Promise<{ emails: Email[]; total: number; nextCursor?: string }> {
    const [total, docs] = await this.#guard('emails.list', () =>
      Promise.all([
        this.#model.countDocuments(emailFilter(query)).exec(),
        this.#model
          .find(emailPageFilter(query))
          .sort(emailSort(query))
          .limit(query.limit + 1)
          .lean<EmailDoc[]>()
          .exec(),
      ]),
    );
    const emails = docs.slice(0, query.limit).map(emailOf);
    const nextCursor = docs.length > query.limit ? nextEmailCursor(query, docs[query.limit - 1]) : undefined;
    return { emails, total, ...(nextCursor ? { nextCursor } : {}) };
  }

  /** Changes what is given and leaves the rest. Throws `too_large` for a draft over `draftSizeBytesMax`. */
  async update(accountId: AccountId, emailId: EmailId, change: EmailChange): Promise<EmailChanged> {
    const { draft, atMs, expectedRevision, ...fields } = change;
    return this.#change('update', accountId, emailId, expectedRevision, {
      $set: { ...fields, ...(draft && columnsOf(draft)), updatedAtMs: atMs },
    });
  }

  /**
   * A version number that nobody else gets, to compile and store the next version under; null if there is no such
   * email. Numbers go up; one that is never published leaves a gap.
   */
  async allocateVersion(accountId: AccountId, emailId: EmailId): Promise<number | null> {
    const doc = await this.#guard('emails.allocateVersion', () =>
      this.#model
        .findOneAndUpdate(
          livingEmail(accountId, emailId),
          { $inc: { lastVersion: 1 } },
          { returnDocument: 'after' },
        )
        .lean<EmailDoc>()
        .exec(),
    );
    return doc?.lastVersion ?? null;
  }

  /**
   * Makes an already stored version the one that sends use, together with the state, in one write.
   *
   * `conflict` unless the email is still at `expectedRevision`, so that of two parallel publishes one wins and no
   * later draft is published under an earlier one's name.
   */
  async publish(
    accountId: AccountId,
    emailId: EmailId,
    published: {
      version: number;
      state: string;
      atMs: number;
      expectedRevision: number;
      publishedById?: string;
    },
  ): Promise<EmailChanged> {
    const { version, state, atMs, expectedRevision, publishedById } = published;
    const by = publishedById === undefined ? {} : { publishedById };
    return this.#change('publish', accountId, emailId, expectedRevision, {
      $set: {
        publishedVersion: version,
        isPublished: true,
        state,
        publishedAtMs: atMs,
        updatedAtMs: atMs,
        ...by,
      },
    });
  }

  /** Stops sends from using the email: later ones are dropped with MISSING_CONTENT. Accepted ones still leave. */
  async unpublish(
    accountId: AccountId,
    emailId: EmailId,
    { state, atMs }: { state: string; atMs: number },
  ): Promise<EmailChanged> {
    return this.#change('unpublish', accountId, emailId, undefined, {
      $set: { isPublished: false, state, unpublishedAtMs: atMs, updatedAtMs: atMs },
    });
  }

  /** Deletes the email for its account; versions and statistics stay. `missing` when it was deleted before. */
  async delete(accountId: AccountId, emailId: EmailId, atMs: number): Promise<EmailChanged> {
    return this.#change('delete', accountId, emailId, undefined, {
      $set: { isPublished: false, archived: true, deletedAtMs: atMs, updatedAtMs: atMs },
    });
  }

  async #change(
    operation: string,
    accountId: AccountId,
    emailId: EmailId,
    expectedRevision: number | undefined,
    update: { $set: Partial<EmailDoc> },
  ): Promise<EmailChanged> {
    const filter = livingEmail(accountId, emailId);
    const atRevision = expectedRevision === undefined ? filter : { ...filter, revision: expectedRevision };
    const doc = await this.#guard(`emails.${operation}`, () =>
      this.#model
        .findOneAndUpdate(atRevision, { ...update, $inc: { revision: 1 } }, { returnDocument: 'after' })
        .lean<EmailDoc>()
        .exec(),
    );
    if (doc) return { kind: 'changed', email: emailOf(doc) };
    return (await this.find(accountId, emailId)) ? { kind: 'conflict' } : { kind: 'missing' };
  }
}

function livingEmail(accountId: AccountId, emailId: EmailId) {
  return { _id: emailId, accountId, deletedAtMs: { $exists: false } };
}

function columnsOf(draft: EmailDraft) {
  const { campaign } = draft;
  return { draftJson: draftJsonOf(draft), campaign: typeof campaign === 'string' ? campaign : '' };
}

function draftJsonOf(draft: EmailDraft): string {
  const json = JSON.stringify(draft);
  if (Buffer.byteLength(json) > draftSizeBytesMax) {
    throw new Fault('too_large', `An email may be at most ${draftSizeBytesMax} bytes of JSON.`);
  }
  return json;
}

function emailOf(doc: EmailDoc): Email {
  const { _id, draftJson, campaign: _campaign, publishedAtMs, lastVersion: _last, ...email } = doc;
  const draft: EmailDraft = JSON.parse(draftJson);
  return { ...email, emailId: _id, draft, ...(publishedAtMs ? { publishedAtMs } : {}) };
}
