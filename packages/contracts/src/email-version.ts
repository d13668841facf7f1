import { z } from 'zod';
import { AccountId, EmailId } from './ids.ts';
import { PoolName } from './pool-name.ts';

/** A link of a template: where its target is known at publish it is whole here, else it is a Liquid template. */
export const LinkSlot = z.object({
  index: z.int().min(0).max(65_535),
  /** A finished target, or Liquid source that renders to one. */
  target: z.string(),
  isDynamic: z.boolean(),
  /** The author opted this link out with `data-posthorn-notrack`. */
  isTracked: z.boolean(),
});
export type LinkSlot = z.infer<typeof LinkSlot>;

/**
 * A published email, compiled once at publish so that a send is joins and merges only.
 *
 * All sources are Liquid, translated from HubL, with the escaping for where a value lands already written in as
 * filters. `html` holds link slots and the pixel slot as the markers that `@posthorn/mail/template` defines.
 */
export const EmailVersion = z.object({
  accountId: AccountId,
  emailId: EmailId,
  version: z.int().positive(),
  publishedAtMs: z.int().positive(),
  name: z.string(),
  subject: z.string(),
  previewText: z.string(),
  fromName: z.string(),
  /** The From address (HubSpot calls it `from.replyTo`). */
  fromAddress: z.string(),
  /** Reply-To where it differs from the From address. */
  replyTo: z.string().optional(),
  html: z.string(),
  text: z.string(),
  links: z.array(LinkSlot),
  /** Contact properties the template reads, so that a send which brings them all needs no stored contact. */
  contactProperties: z.array(z.string()),
  /** Pool that its sends leave from; absent: the account's. */
  pool: PoolName.optional(),
});
export type EmailVersion = z.infer<typeof EmailVersion>;
