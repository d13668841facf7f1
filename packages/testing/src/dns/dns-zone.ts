/** The records of one name, and how the server misbehaves when asked for it. */
export type DnsNode = Readonly<{
  A?: readonly string[];
  AAAA?: readonly string[];
  MX?: readonly (readonly [preference: number, exchange: string])[];
  TXT?: readonly string[];
  TLSA?: readonly Readonly<{ usage: number; selector: number; matchingType: number; certificate: Buffer }>[];
  CNAME?: string;
  PTR?: readonly string[];
  /** Default 60. */
  ttlSeconds?: number;
  /** Sets the AD bit, as a resolver does that has validated the answer. */
  isAuthentic?: boolean;
  /**
   * `timeout`: no reply; `servfail`, `refused`: that code; `truncate`: an empty reply with TC over UDP, the whole over
   * TCP; `garbage`: bytes that are no DNS; `forged`: a reply to another question with the right id.
   */
  fault?: 'timeout' | 'servfail' | 'refused' | 'truncate' | 'garbage' | 'forged';
}>;

/**
 * What a server knows, by lower-case name. A name with several nodes answers with one after the other, a query each, and
 * then stays with the last; a name that is missing does not exist (NXDOMAIN).
 */
export type DnsZone = Readonly<Record<string, DnsNode | readonly DnsNode[]>>;
