import { emailTypes } from '@posthorn/contracts';

/** What HubSpot calls the kinds of email, and the states that each passes through (facts: HubSpot, section 5.2). */
export type EmailKind = Readonly<{
  type: string;
  draftState: string;
  publishedState: string;
  isSendable: boolean;
}>;

const automated = { draftState: 'AUTOMATED_DRAFT', publishedState: 'AUTOMATED', isSendable: true } as const;
const toLists = { draftState: 'DRAFT', publishedState: 'PUBLISHED', isSendable: false } as const;

const typeOf: ReadonlyMap<string, string> = new Map(Object.entries(emailTypes));
const sendable: ReadonlySet<string> = new Set(['single_send_api', 'marketing_single_send_api', 'automated']);

/** What an email is unless its author says otherwise: one that the single-send API sends. */
export const defaultSubcategory = 'single_send_api';

/**
 * Returns the kind that a `subcategory` names; one that Posthorn does nothing with is kept, and cannot be published. A word
 * that is none of HubSpot's, which older releases took, counts as a batch email, so that typed clients can read it.
 */
export function emailKindOf(subcategory: string): EmailKind {
  const type = typeOf.get(subcategory) ?? emailTypes.batch;
  return sendable.has(subcategory) ? { type, ...automated } : { type, ...toLists };
}
