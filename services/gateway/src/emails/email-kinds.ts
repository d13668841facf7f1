/** What HubSpot calls the kinds of email, and the states that each passes through (facts: HubSpot, section 5.2). */
export type EmailKind = Readonly<{
  type: string;
  draftState: string;
  publishedState: string;
  isSendable: boolean;
}>;

const automated = { draftState: 'AUTOMATED_DRAFT', publishedState: 'AUTOMATED', isSendable: true } as const;
const toLists = { draftState: 'DRAFT', publishedState: 'PUBLISHED', isSendable: false } as const;

const kinds: Readonly<Record<string, EmailKind>> = {
  single_send_api: { type: 'SINGLE_SEND_API', ...automated },
  marketing_single_send_api: { type: 'MARKETING_SINGLE_SEND_API', ...automated },
  automated: { type: 'AUTOMATED_EMAIL', ...automated },
  batch: { type: 'BATCH_EMAIL', ...toLists },
  localtime: { type: 'LOCALTIME_EMAIL', ...toLists },
  smtp_token: { type: 'SMTP_TOKEN', ...toLists },
};

/** What an email is unless its author says otherwise: one that the single-send API sends. */
export const defaultSubcategory = 'single_send_api';

/** The kind that a `subcategory` names; one that Posthorn does nothing with is kept, and cannot be published. */
export function emailKindOf(subcategory: string): EmailKind {
  const known = Object.hasOwn(kinds, subcategory) ? kinds[subcategory] : undefined;
  return known ?? { type: subcategory.toUpperCase(), ...toLists };
}
