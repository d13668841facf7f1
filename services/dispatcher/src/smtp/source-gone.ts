/** There is no sending from the source address now: it is not on this host, or its SOCKS5 server cannot be used. */
export class SourceGone extends Error {
  override readonly name = 'SourceGone';
  readonly code = 'EADDRNOTAVAIL';

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}
