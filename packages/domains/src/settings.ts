import { isIP } from 'node:net';
import { z } from 'zod';

/** The hosts of this installation that the records of every domain point at. */
export type Installation = Readonly<{
  /** Receives bounces. */
  returnPathHost: string;
  /** Serves links and pixels; null where TRACKING_URL has an address for a name, to which no CNAME can point. */
  trackingHost: string | null;
  trackingUrl: string;
  /** Its SPF record names the addresses that mail leaves from. */
  spfHost: string;
}>;

const HostName = z
  .string()
  .regex(/^[a-z0-9.-]{1,190}$/i, 'must be a host name')
  .transform((host) => host.toLowerCase());

/** The variables of every service that shows or checks sending domains; the same for all of them, and for the renderer. */
export const domainEnv = {
  /** The host of this installation that receives bounces. */
  RETURN_PATH_HOST: HostName.optional(),
  /** Public base URL of the tracking service. */
  TRACKING_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The host whose SPF record names the addresses that mail leaves from; RETURN_PATH_HOST unless given. */
  SPF_HOST: HostName.optional(),
  /** Resolvers that DNS records are checked through, `address[:port]` with commas between; the system's unless given. */
  DNS_SERVERS: z
    .string()
    .transform((text) => text.split(',').map((server) => server.trim()))
    .refine((servers) => servers.every(isServer), 'must be IP addresses, each with :port if it is not 53')
    .default([]),
  /** Days for which a domain whose required record broke goes on sending. */
  DOMAIN_GRACE_DAYS: z.coerce.number().min(0).max(90).default(3),
};

type DomainEnv = z.infer<z.ZodObject<typeof domainEnv>>;

/** How sending domains are shown and checked. Without an installation (RETURN_PATH_HOST, TRACKING_URL) there are none. */
export type DomainSettings = Readonly<{
  installation: Installation | null;
  dnsServers: readonly string[];
  graceMs: number;
}>;

/** Groups what `domainEnv` read. */
export function domainSettingsOf(env: DomainEnv): DomainSettings {
  const { RETURN_PATH_HOST: returnPathHost, TRACKING_URL: trackingUrl } = env;
  return {
    installation:
      returnPathHost && trackingUrl
        ? {
            returnPathHost,
            trackingHost: nameIn(trackingUrl),
            trackingUrl,
            spfHost: env.SPF_HOST ?? returnPathHost,
          }
        : null,
    dnsServers: env.DNS_SERVERS,
    graceMs: env.DOMAIN_GRACE_DAYS * 86_400_000,
  };
}

function nameIn(url: string): string | null {
  const { hostname } = new URL(url);
  return isIP(hostname) === 0 && !hostname.startsWith('[') ? hostname : null;
}

function isServer(text: string): boolean {
  const [, v6, v4] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+)(?::\d{1,5})?)$/.exec(text) ?? [];
  return isIP(v6 ?? v4 ?? text) !== 0;
}
