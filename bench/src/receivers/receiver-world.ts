import {
  type Authority,
  createAuthority,
  type DnsNode,
  type SmtpSink,
  startDnsServer,
  startSmtpSink,
  startStsServer,
} from '@posthorn/testing';
import { createSinkAudit, type SinkAudit } from './sink-audit.ts';
import { domainsOf, mailHostOf, type Temper, tempers } from './tempers.ts';

/** The outside world of the run: a DNS server and a receiver of each temper. */
export type ReceiverWorld = AsyncDisposable &
  Readonly<{
    /** As `DNS_SERVERS` takes it. */
    dnsAddress: string;
    mxPort: number;
    stsPort: number;
    /** Certificate of the authority that vouches for the policies, PEM. */
    caPem: string;
    domains: ReadonlyMap<Temper, readonly string[]>;
    audits: ReadonlyMap<Temper, SinkAudit>;
  }>;

/** Receivers are at 127.0.1.1 and up, all on one port, since mail hosts differ by address only; policies at 127.0.1.100. */
const receiverAddress = (at: number) => `127.0.1.${at + 1}`;
const policyAddress = '127.0.1.100';

/** Starts it for `domainCount` domains; `more` holds what the DNS says of the sender. */
export async function startReceiverWorld(
  domainCount: number,
  more: Readonly<Record<string, DnsNode>> = {},
): Promise<ReceiverWorld> {
  await using scope = new AsyncDisposableStack();
  const domains = domainsOf(domainCount);
  const authority = scope.use(await createAuthority());
  const mistaken = tempers.filter(({ isMistaken }) => isMistaken);
  const sts = scope.use(await startPolicies(mistaken, domains, authority));
  const audits = new Map<Temper, SinkAudit>();
  let mxPort = 0;
  for (const [at, temper] of tempers.entries()) {
    const audit = createSinkAudit();
    const sink: SmtpSink = scope.use(
      await startSmtpSink({
        ...{ host: receiverAddress(at), port: mxPort, fast: true, ...audit.options },
        behaviour: {
          ...temper.behaviour,
          ...(temper.isMistaken && { startTls: await authority.issue('mx.other.example') }),
        },
      }),
    );
    mxPort = sink.port;
    audits.set(temper, audit);
  }
  const dns = scope.use(await startDnsServer({ ...zoneOf(domains), ...more }));
  const opened = scope.move();
  return {
    ...{ dnsAddress: dns.address, mxPort, stsPort: sts.port, caPem: String(authority.ca), domains, audits },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startPolicies(
  mistaken: readonly Temper[],
  domains: ReadonlyMap<Temper, readonly string[]>,
  authority: Authority,
) {
  const names = mistaken.flatMap((temper) => domains.get(temper) ?? []).map((domain) => `mta-sts.${domain}`);
  const hosts = mistaken.map((temper) => `mx: ${mailHostOf(temper)}\r\n`).join('');
  const body = `version: STSv1\r\nmode: enforce\r\n${hosts}max_age: 86400\r\n`;
  return await startStsServer(await authority.issue(names.join(',DNS:')), { body }, { host: policyAddress });
}

function zoneOf(domains: ReadonlyMap<Temper, readonly string[]>): Record<string, DnsNode> {
  const zone: Record<string, DnsNode> = {};
  for (const [at, temper] of tempers.entries()) {
    zone[mailHostOf(temper)] = { A: [receiverAddress(at)], ttlSeconds: 3_600 };
    for (const domain of domains.get(temper) ?? []) {
      zone[domain] = { MX: [[10, mailHostOf(temper)]], ttlSeconds: 3_600 };
      if (!temper.isMistaken) continue;
      zone[`_mta-sts.${domain}`] = { TXT: ['v=STSv1; id=1;'] };
      zone[`mta-sts.${domain}`] = { A: [policyAddress] };
    }
  }
  return zone;
}
