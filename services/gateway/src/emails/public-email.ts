import { PublicEmail } from '@posthorn/contracts';
import type { Email } from '@posthorn/store';

/** The email as HubSpot shows it. */
export function publicEmailOf(email: Email): PublicEmail {
  const { draft, emailId, name, type, subcategory, state, isPublished, archived } = email;
  return PublicEmail.parse({
    subject: '',
    from: {},
    content: {},
    to: {},
    sendOnPublish: true,
    ...draft,
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

function isoOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
