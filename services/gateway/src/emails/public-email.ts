import { EmailContent, EmailFrom, keptEmailFields, PoolName, PublicEmail } from '@posthorn/contracts';
import type { Email, EmailDraft } from '@posthorn/store';
import { z } from 'zod';
import { createNotes } from '../http/tolerance/notes.ts';
import { readerOf } from '../http/tolerance/read-like-hubspot.ts';
import { emailKindOf } from './email-kinds.ts';

/** What is shown of a draft. */
const Shown = z.object({
  ...keptEmailFields,
  subject: z.string().nullish(),
  from: EmailFrom.nullish(),
  content: EmailContent.nullish(),
  feedbackSurveyId: z.string().nullish(),
  pool: PoolName.nullish(),
});
const readShown = readerOf(Shown);

/** The email as HubSpot shows it. */
export function publicEmailOf(email: Email): PublicEmail {
  const { draft, emailId, name, subcategory, state, isPublished, archived } = email;
  const { type } = emailKindOf(subcategory);
  return PublicEmail.parse({
    subject: '',
    from: {},
    content: {},
    to: {},
    sendOnPublish: true,
    ...shownOf(draft),
    id: String(emailId),
    name,
    type,
    subcategory,
    state,
    isPublished,
    archived,
    isTransactional: type !== 'MARKETING_SINGLE_SEND_API',
    isAb: false,
    emailTemplateMode: 'DRAG_AND_DROP',
    primaryEmailCampaignId: String(emailId),
    allEmailCampaignIds: [String(emailId)],
    createdAt: isoOf(email.createdAtMs),
    updatedAt: isoOf(email.updatedAtMs),
    publishedAt: isoOf(email.publishedAtMs),
    unpublishedAt: isoOf(email.unpublishedAtMs),
    deletedAt: isoOf(email.deletedAtMs),
  });
}

/** The draft without what is not of HubSpot's types: older releases stored whatever was given. */
function shownOf(draft: EmailDraft): object {
  return Object(readableAs(Shown, readShown(draft, createNotes())));
}

/** The part of a value that its schema allows: a field that it does not is left out, and so is null. */
function readableAs(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return value === null ? undefined : readableAs(schema.unwrap(), value);
  if (!(schema instanceof z.ZodType)) return undefined;
  if (!(schema instanceof z.ZodObject)) return schema.safeParse(value).data;
  if (typeof value !== 'object' || value === null) return undefined;
  const held = new Map<string, unknown>(Object.entries(value));
  return Object.fromEntries(
    Object.entries(schema.shape)
      .map(([field, inner]) => [field, readableAs(inner, held.get(field))])
      .filter(([, inner]) => inner !== undefined),
  );
}

function isoOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
