import { checkServerIdentity, type TLSSocket } from 'node:tls';

/** What a connection's TLS turned out to be. */
export type TlsSession = Readonly<{
  /** `TLSv1.3`; `none` in plain. */
  protocol: string;
  cipher?: string;
  /** The certificate is the host's, by an authority or by DANE. */
  verified: boolean;
}>;

/** Why a certificate does not prove the host, in the words of RFC 8460, section 4.3.2.2. */
export type TlsFailure =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure';

export const plainSession: TlsSession = { protocol: 'none', verified: false };

export function sessionOf(socket: TLSSocket, { isVerified }: { isVerified: boolean }): TlsSession {
  const { name: cipher } = socket.getCipher();
  return { protocol: socket.getProtocol() ?? 'unknown', cipher, verified: isVerified };
}

/** Undefined where an authority vouches for the certificate and it is the host's. */
export function certificateFailureOf(socket: TLSSocket, host: string): TlsFailure | undefined {
  if (!socket.authorized) return failureOfCode(String(socket.authorizationError ?? ''));
  return checkServerIdentity(host, socket.getPeerCertificate()) ? 'certificate-host-mismatch' : undefined;
}

/** What a code of Node's TLS means. */
export function failureOfCode(code: string): TlsFailure {
  if (code.includes('ALTNAME')) return 'certificate-host-mismatch';
  if (code.includes('EXPIRED') || code.includes('NOT_YET_VALID')) return 'certificate-expired';
  if (/SELF_SIGNED|UNABLE_TO|UNTRUSTED|INVALID_CA|CERT_CHAIN/.test(code)) return 'certificate-not-trusted';
  return 'validation-failure';
}
