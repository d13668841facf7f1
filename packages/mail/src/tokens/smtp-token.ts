import type { AccountId } from '@posthorn/contracts';
import { randomText } from './random-text.ts';

const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const passwordAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 51 bits: it is no secret, and one that is taken is refused where it is stored. */
const nameLength = 10;
/** 178 bits, and HubSpot's length, so that it fits wherever one of theirs did (facts: HubSpot, section 2). */
const passwordLength = 30;

const idPattern = /^[0-9a-z]{10}@([1-9]\d{0,9})\.smtp\.posthorn$/;

/** Makes the user name of an SMTP token, in HubSpot's shape: `<ten lower-case letters and digits>@<account>.smtp.posthorn`. */
export function generateSmtpTokenId(accountId: AccountId): string {
  return `${randomText(idAlphabet, nameLength)}@${accountId}.smtp.posthorn`;
}

/** The account that a user name of an SMTP token names, or null for what was never one. Whether it is known, it does not say. */
export function accountOfSmtpTokenId(text: string): AccountId | null {
  const account = idPattern.exec(text)?.[1];
  return account === undefined ? null : Number(account);
}

/** Makes the password of an SMTP token; a digest of it is stored, and it is shown once. */
export function generateSmtpPassword(): string {
  return randomText(passwordAlphabet, passwordLength);
}
