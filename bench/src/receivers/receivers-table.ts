import { tableOf } from '../statistics.ts';
import type { ReceiversResult } from './run-receivers.ts';
import type { SeenFromAddress } from './sink-audit.ts';
import type { SiteLimits } from './tempers.ts';

/** The run as text: what became of the sends, and each limit beside what the receiver counted. */
export function receiversTable(result: ReceiversResult): string {
  const rows = [...result.seen].flatMap(([{ name, limits }, addresses]) =>
    addresses.map((seen) => [
      name,
      seen.ip,
      seen.accepted,
      seen.connections,
      `${seen.connectionsMax} of ${limits.connectionsMax}`,
      `${seen.messagesPerConnectionMax} of ${limits.messagesPerConnectionMax}`,
      `${seen.inTenSecondsMax} of ${tenSecondsMax(limits)}`,
    ]),
  );
  const { accepted, delivered, open, doubled, fromWrongAddress, misrecorded, failed, waiting } = result;
  return [
    tableOf([
      ['receiver', 'from', 'accepted', 'connections', 'at once', 'on one connection', 'in 10 s'],
      ...rows,
    ]),
    tableOf([
      ['sends', accepted],
      ['delivered', delivered],
      ...Object.entries(failed),
      ['neither', open],
      ['more than once', doubled],
      ['from an address of another pool', fromWrongAddress],
      ['recorded otherwise than seen', misrecorded],
      ['seconds', Math.round(result.seconds)],
    ]),
    tableOf([
      ['waiting: asked about', waiting.asked],
      ['named no reason', waiting.unexplained],
      ...Object.entries(waiting.reasons).sort(([, a], [, b]) => b - a),
    ]),
  ].join('\n\n');
}

/** What broke a promise, one sentence each. */
export function receiversBreaches({ seen, ...result }: ReceiversResult): string[] {
  const counts = ['open', 'doubled', 'fromWrongAddress', 'misrecorded'] as const;
  return [
    ...counts.filter((name) => result[name] > 0).map((name) => `${name}: ${result[name]}`),
    ...(result.waiting.unexplained > 0
      ? [`${result.waiting.unexplained} waiting sends named no reason`]
      : []),
    ...[...seen].flatMap(([{ name, limits }, addresses]) =>
      addresses.flatMap((address) =>
        exceeded(address, limits).map((what) => `${name} from ${address.ip}: ${what}`),
      ),
    ),
  ];
}

/**
 * A rate is given leave for before a message sets out and counted when it has arrived, so that those on their way may
 * come together: one for each connection.
 */
function tenSecondsMax({ ratePerSecond, burst, connectionsMax }: SiteLimits): number {
  return 10 * ratePerSecond + burst + connectionsMax;
}

function exceeded(seen: SeenFromAddress, limits: SiteLimits): string[] {
  return [
    ...(seen.connectionsMax > limits.connectionsMax ? [`${seen.connectionsMax} connections at once`] : []),
    ...(seen.messagesPerConnectionMax > limits.messagesPerConnectionMax
      ? [`${seen.messagesPerConnectionMax} messages on one connection`]
      : []),
    ...(seen.inTenSecondsMax > tenSecondsMax(limits)
      ? [`${seen.inTenSecondsMax} messages in ten seconds`]
      : []),
  ];
}
