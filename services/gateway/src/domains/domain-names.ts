import type { DomainCreateRequest, ErrorDetail } from '@posthorn/contracts';
import { selectorLength } from '@posthorn/domains';
import { toAsciiDomain } from '@posthorn/mail';
import { invalidInput } from '../http/refusal.ts';

/** The names of a new sending domain, as A-labels in lower case. */
export type DomainNames = Readonly<{ domain: string; returnPathHost: string; trackingHost: string }>;

/** Longest name in the DNS, as text (RFC 1035, section 2.3.4). */
const nameMax = 253;
const domainMax = nameMax - selectorLength - '._domainkey.'.length;

/** Reads the names of a new domain; hosts that are not given get their usual names. Throws a 400 that names the field. */
export function domainNamesOf(request: DomainCreateRequest): DomainNames {
  const domain = toAsciiDomain(request.domain.trim());
  if (domain === null)
    throw invalidInput([
      invalid('domain', 'must be a domain such as shop.example, without anything around it'),
    ]);
  if (domain.length > domainMax)
    throw invalidInput([invalid('domain', `must not be longer than ${domainMax} characters`)]);
  const returnPathHost = hostBelow(domain, 'returnPathHost', request.returnPathHost ?? `bounces.${domain}`);
  const trackingHost = hostBelow(domain, 'trackingHost', request.trackingHost ?? `links.${domain}`);
  if (returnPathHost === trackingHost)
    throw invalidInput([
      invalid('trackingHost', 'must not be the returnPathHost: a CNAME stands alone under its name'),
    ]);
  return { domain, returnPathHost, trackingHost };
}

function hostBelow(domain: string, field: string, text: string): string {
  const host = toAsciiDomain(text.trim());
  if (host?.endsWith(`.${domain}`) && host.length <= nameMax) return host;
  throw invalidInput([invalid(field, `must be a host below ${domain}, at most ${nameMax} characters long`)]);
}

function invalid(field: string, message: string): ErrorDetail {
  return { message, code: 'INVALID_VALUE', in: field };
}
