import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';

/** One year, as browsers' lists ask for; other names below the host are not ours to speak for. */
const header = 'max-age=31536000';

/**
 * Tells browsers to come back by HTTPS only (RFC 6797), on what they asked for by HTTPS: section 7.2 forbids it elsewhere.
 *
 * The proxy that ends TLS says so in `X-Forwarded-Proto` or `Forwarded` (RFC 7239), from whichever address it comes: a client
 * that claims it without HTTPS gets a header that its browser passes over (section 8.1), and nobody else does.
 */
export function sendHsts({ headers, socket }: IncomingMessage, res: ServerResponse): void {
  const forwarded = String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]
    ?.trim();
  const isHttps =
    socket instanceof TLSSocket ||
    forwarded?.toLowerCase() === 'https' ||
    /^[^,]*\bproto="?https\b/i.test(headers.forwarded ?? '');
  if (isHttps) res.setHeader('strict-transport-security', header);
}
