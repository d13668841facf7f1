import { isIP } from 'node:net';
import type { RequestHandler } from 'express';

/** For our own pages: nothing from elsewhere, no inline code, framed by nobody. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * For a message's HTML: images from anywhere, so that the open pixel loads, and its own styles; no script, no form, no
 * frame. The sandbox stands here again, for who opens the address without our frame around it.
 */
export const messagePolicy =
  "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; frame-ancestors 'self'; " +
  'sandbox allow-popups allow-popups-to-escape-sandbox';

/** Sets the headers that every answer has. */
export function secureHeaders(): RequestHandler {
  return (_req, res, next) => {
    res.set({
      'Content-Security-Policy': pagePolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
    next();
  };
}

/**
 * Refuses what another site's page sends (X02).
 *
 * The mailbox asks nobody who they are, so two things stand between it and a page that a person happens to have open:
 * the browser says where a request comes from (Sec-Fetch-Site), and the Host header must be this machine. A public
 * name that was pointed at 127.0.0.1 (DNS rebinding) has a dot and is no IP address.
 */
export function refuseForeign(): RequestHandler {
  return (req, res, next) => {
    const site = req.get('sec-fetch-site');
    const isForeign = site === 'cross-site' || site === 'same-site';
    const isReading = req.method === 'GET' && req.get('sec-fetch-mode') === 'navigate';
    if (!isOwnHost(req.hostname)) res.status(403).json({ Error: 'This host name is not the mailbox' });
    else if (isForeign && !isReading)
      res.status(403).json({ Error: 'Requests from other sites are refused' });
    else next();
  };
}

function isOwnHost(hostname: string | undefined): boolean {
  if (!hostname) return true;
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 || !bare.includes('.') || bare.endsWith('.localhost');
}
