import { generateSmtpPassword, generateSmtpTokenId, type SecretDigests } from '@posthorn/mail';
import { isFault } from '@posthorn/runtime';
import { newCampaignId, type SmtpToken, type SmtpTokenRepository } from '@posthorn/store';

/** What a new token is made from. */
export type NewSmtpToken = Readonly<{
  accountId: number;
  campaignName: string;
  createContact: boolean;
  createdBy: string;
}>;

export type IssueSmtpTokenDeps = Readonly<{
  smtpTokens: Pick<SmtpTokenRepository, 'insert'>;
  digests: SecretDigests;
  nowMs: number;
}>;

/**
 * Makes a token that expires after 12 months, as HubSpot's API does (facts: HubSpot, section 2), and stores it.
 *
 * Nobody needs to be told of it: an id that nobody knew yet is in no cache.
 */
export async function issueSmtpToken(
  { smtpTokens, digests, nowMs }: IssueSmtpTokenDeps,
  { accountId, ...asked }: NewSmtpToken,
): Promise<{ token: SmtpToken; password: string }> {
  const password = generateSmtpPassword();
  const digest = digests.make(password);
  const expiresAtMs = twelveMonthsAfter(nowMs);
  for (;;) {
    const token: SmtpToken = {
      ...{ id: generateSmtpTokenId(accountId), accountId, emailCampaignId: newCampaignId() },
      ...{ ...asked, createdAtMs: nowMs, expiresAtMs, generation: 1 },
    };
    try {
      await smtpTokens.insert({ ...token, digest });
      return { token, password };
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
    }
  }
}

/** The same day of the next year, by UTC; of 29 February, 1 March. */
function twelveMonthsAfter(atMs: number): number {
  const date = new Date(atMs);
  return date.setUTCFullYear(date.getUTCFullYear() + 1);
}
