import { randomUUID } from 'node:crypto';
import { type EmailVersion, SendItem, SubmissionItem } from '@posthorn/contracts';
import { generateDkimKeys, keyringFromSecret } from '@posthorn/mail';
import { compileEmail, type EmailDraft } from '@posthorn/mail/template';
import type { Taken } from '@posthorn/queue';
import type { Domain } from '@posthorn/store';
import type { RenderAccount } from './account-scope.ts';
import type { SigningKey } from './work/render-task.ts';

/** Builders for this service's tests. */
export const secret = 'a secret for tests that is long enough';
export const keyring = keyringFromSecret(secret);
export const accountId = 20_000_001;
export const emailId = 4_126_643_121;
export const acceptedAtMs = Date.UTC(2026, 0, 6, 10, 30);

export const account: RenderAccount = {
  accountId,
  name: 'Shop',
  isSuspended: false,
  settings: {
    onAmbiguous: 'retry',
    companyName: 'Shop Ltd',
    companyAddress: '1 Main St',
    companyCity: 'Dublin',
    companyState: '',
    companyZip: '',
    companyCountry: 'Ireland',
    trackOpens: true,
    trackClicks: true,
  },
};

/** Contacts whom HubSpot would send no marketing mail, by the properties that say so. */
export const refusingContacts: readonly Readonly<Record<string, string>>[] = [
  { hs_email_optout: 'true', hs_email_optout_10: 'true' },
  { hs_email_quarantined: 'true', hs_email_quarantined_reason: 'SUSPICIOUS' },
  { hs_emailconfirmationstatus: 'PENDING', hs_email_is_ineligible: 'true' },
];

export function aVersion(draft: Partial<EmailDraft> = {}, fields: Partial<EmailVersion> = {}): EmailVersion {
  const compiled = compileEmail({
    subject: 'Order {{ custom.id }}',
    previewText: 'Thank you',
    fromName: 'Shop',
    html: '<body><p>Hi {{ contact.firstname|default("there") }}</p><a href="https://shop.test/o/{{ custom.id }}">order</a></body>',
    ...draft,
  });
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
  const { kind: _, ...content } = compiled;
  return {
    ...{ accountId, emailId, version: 1, publishedAtMs: 1, name: 'order', fromAddress: 'orders@shop.test' },
    ...content,
    ...fields,
  };
}

export function aSend(fields: Partial<SendItem> = {}): SendItem {
  return SendItem.parse({
    ...{
      statusId: randomUUID(),
      accountId,
      emailId,
      version: 1,
      acceptedAtMs,
      to: 'Jane <jane@example.com>',
    },
    customProperties: { id: '7' },
    ...fields,
  });
}

export function taken(item: SendItem, fields: Partial<Taken<SendItem>> = {}): Taken<SendItem> {
  return {
    id: item.statusId,
    item,
    attempt: 1,
    originBagId: 'bag1',
    firstPostedAtMs: acceptedAtMs,
    crashes: 0,
    ...fields,
  };
}

const generated = await generateDkimKeys();

/** A pair that signs for shop.test, with the TXT records that verify it. */
export const shopKeys: readonly SigningKey[] = [
  { domain: 'shop.test', selector: 'r', algorithm: 'rsa-sha256', privateKeyPem: generated.rsa.privateKeyPem },
  {
    domain: 'shop.test',
    selector: 'e',
    algorithm: 'ed25519-sha256',
    privateKeyPem: generated.ed25519.privateKeyPem,
  },
];
export const shopRecords: Readonly<Record<string, string>> = {
  'r._domainkey.shop.test': generated.rsa.dnsValue,
  'e._domainkey.shop.test': generated.ed25519.dnsValue,
};

/** shop.test, verified, with the keys of `shopKeys`. */
export function aDomain(fields: Partial<Domain> = {}): Domain {
  return {
    ...{ id: '018f0000-0000-4000-8000-000000000001', accountId, domain: 'shop.test' },
    ...{ returnPathHost: 'bounces.shop.test', trackingHost: 'links.shop.test' },
    keys: shopKeys.map(({ selector, algorithm }) => ({
      ...{ selector, algorithm, dnsValue: 'v=DKIM1', createdAtMs: 1 },
      state: 'active',
    })),
    ...{ checks: {}, state: 'verified', verifiedAtMs: 1 },
    ...{ createdAtMs: 1, changedAtMs: 1, nextCheckAtMs: Number.MAX_SAFE_INTEGER, revision: 0 },
    ...fields,
  };
}

/** A message by SMTP, to Jane alone, with an HTML part and an attachment. */
export function aSubmission(fields: Partial<SubmissionItem> = {}): SubmissionItem {
  const id = fields.id ?? randomUUID();
  return SubmissionItem.parse({
    ...{ id, accountId, tokenId: 'abcdefghij', emailId, createContact: true, acceptedAtMs },
    sends: [{ statusId: id, to: 'jane@example.com' }],
    raw: aMessage(),
    ...fields,
  });
}

/** The bytes of such a message. */
export function aMessage({
  html = '<p>Hi <a href="https://shop.test/o/7?a=1&amp;b=2">order</a></p>',
  headers = '',
} = {}): string {
  return [
    `From: Shop <orders@shop.test>\r\nTo: jane@example.com\r\nBcc: hidden@x.test\r\n${headers}Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=`,
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="m"\r\n',
    `--m\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`,
    '--m\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"',
    `Content-Transfer-Encoding: base64\r\n\r\n${pdf}\r\n--m--\r\n`,
  ].join('\r\n');
}

/** The attachment of `aMessage`, as it is written there. */
export const pdf = Buffer.from('%PDF-1.7 not much of one').toString('base64');
