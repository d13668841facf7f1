import { domainToASCII } from 'node:url';

/** Longest domain in bytes (RFC 5321, section 4.5.3.1.2). */
const maxDomainBytes = 255;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Turns a domain as written into its one ASCII form: lower-case, IDN labels as A-labels (UTS #46), or null.
 *
 * At least two labels, none longer than 63, and a last one that is not a number: no address literals, no IPv4
 * in any disguise, no `localhost`, no final dot.
 */
export function toAsciiDomain(domain: string): string | null {
  const ascii = isAscii(domain) ? domain.toLowerCase() : convert(domain);
  if (ascii.length > maxDomainBytes) return null;

  const labels = ascii.split('.');
  const isValid = labels.length > 1 && labels.every((part) => label.test(part));
  return isValid && /[a-z]/.test(labels.at(-1) ?? '') ? ascii : null;
}

/** What the URL parser would decode or reject must not reach it: `ex%61mple.com` is no domain. */
function convert(domain: string): string {
  return /^[A-Za-z0-9.\-\P{ASCII}]+$/u.test(domain) ? domainToASCII(domain) : '';
}

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);
