import { createHash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';

/** What a host published about its certificate (RFC 6698, section 2.1). */
export type TlsaRecord = Readonly<{
  usage: number;
  selector: number;
  matchingType: number;
  certificate: Buffer;
}>;

/** Certificates of a chain that are looked at. */
const chainMax = 10;

/**
 * Those records that can be checked: of SMTP's two usages, 3 (this certificate) and 2 (signed by this one). Where none
 * can, TLS is still demanded, of whomever (RFC 7672, sections 2.2 and 3.1.3).
 */
export function usableRecords(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  return records.filter(
    ({ usage, selector, matchingType }) =>
      (usage === 2 || usage === 3) && selector <= 1 && matchingType <= 2 && selector >= 0,
  );
}

/**
 * Whether a peer's chain, leaf first, is what the records ask for. Usage 3 vouches for the leaf alone, whatever its name
 * and dates (RFC 7672, section 3.1.1); usage 2 for one certificate of the chain that, link by link, signed the leaf, whose
 * name and dates must be right (section 3.1.2).
 */
export function matchesDane(
  chain: readonly X509Certificate[],
  records: readonly TlsaRecord[],
  { names, nowMs }: { names: readonly string[]; nowMs: number },
): boolean {
  const [leaf] = chain;
  if (!leaf) return false;
  return records.some((record) =>
    record.usage === 3
      ? isMatch(leaf, record)
      : signedBy(chain, record, nowMs) && names.some((name) => leaf.checkHost(name) !== undefined),
  );
}

/** Reads the chain that the peer presented. */
export function chainOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next?.raw && chain.length < chainMax) {
    chain.push(new X509Certificate(next.raw));
    // A root names itself as its issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}

function signedBy(chain: readonly X509Certificate[], record: TlsaRecord, nowMs: number): boolean {
  for (const [at, certificate] of chain.entries()) {
    if (!isValidAt(certificate, nowMs)) return false;
    const issued = chain[at - 1];
    if (
      issued &&
      !(certificate.ca && issued.checkIssued(certificate) && issued.verify(certificate.publicKey))
    )
      return false;
    if (isMatch(certificate, record)) return true;
  }
  return false;
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
}

function isMatch(
  certificate: X509Certificate,
  { selector, matchingType, certificate: wanted }: TlsaRecord,
): boolean {
  const bytes =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  if (matchingType === 0) return wanted.equals(bytes);
  const digest = createHash(matchingType === 1 ? 'sha256' : 'sha512')
    .update(bytes)
    .digest();
  return wanted.equals(digest);
}
