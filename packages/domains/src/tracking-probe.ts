import { request } from 'node:https';
import { type Judgement, right, wrong } from './judgement.ts';

/** Looks whether links under a domain's tracking host would open: a CNAME alone does not make a certificate. Never throws. */
export type TrackingProbe = (host: string) => Promise<Judgement>;

const timeoutMs = 5_000;
/** A token that nobody issued: tracking answers it with the pixel, and records nothing. */
const pixelPath = '/t/o/check.gif';

/**
 * Asks tracking for a pixel under the domain's host, with the certificate that whatever stands before it shows for that
 * name.
 *
 * It connects to the installation's own host, where the CNAME was seen to lead, and never to what the domain's DNS says
 * at that moment: nobody can point it at a server of their choice. Where links are not HTTPS there is nothing to ask.
 */
export function createTrackingProbe({
  trackingUrl,
  ca,
}: {
  trackingUrl: string;
  /** Authorities to believe instead of the system's. For tests. */
  ca?: string;
}): TrackingProbe {
  const base = new URL(trackingUrl);
  if (base.protocol !== 'https:') return async () => right;
  return (host) =>
    new Promise((resolve) => {
      const asked = request({
        ...{ host: base.hostname, port: base.port || 443, servername: host, agent: false },
        ...{ path: base.pathname.replace(/\/+$/, '') + pixelPath, signal: AbortSignal.timeout(timeoutMs) },
        headers: { host: base.port ? `${host}:${base.port}` : host },
        ...(ca !== undefined && { ca }),
      });
      asked.on('response', (response) => {
        response.destroy();
        const isPixel = response.statusCode === 200 && response.headers['content-type'] === 'image/gif';
        resolve(isPixel ? right : notTracking(host, response.statusCode));
      });
      asked.on('error', (error) => resolve(judgeTrouble(host, error)));
      asked.end();
    });
}

function notTracking(host: string, status = 0): Judgement {
  return wrong(
    [`https://${host} answers ${status}`],
    `The CNAME is right, but https://${host} does not lead to tracking. ${untilThen}`,
  );
}

const untilThen = 'Until it does links use the installation’s own host; its operator can mend that.';

/** Nobody was reached: that says nothing about the host. */
const awayCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ABORT_ERR', 'ABORT'],
]);

function judgeTrouble(host: string, error: Error): Judgement {
  const code = 'code' in error ? String(error.code) : error.name;
  if (awayCodes.has(code) || error.name === 'TimeoutError' || error.name === 'AbortError')
    return { kind: 'unknown', reason: `the CNAME is right, but https://${host} did not answer` };
  return wrong([code], `The CNAME is right, but ${host} has no valid certificate (${code}). ${untilThen}`);
}
