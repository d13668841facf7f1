import { blockSize, type Ports, portsFrom, type Settings } from './settings.ts';

/** Whether several processes may listen on one port here, and the system spreads connections over them. */
export const canSharePorts = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform);

type Placed = Pick<Settings, 'ports' | 'replicas'>;

/** The name of a part: the first replica has the service's own. */
export function replicaName(service: string, replica: number): string {
  return replica === 1 ? service : `${service}-${replica}`;
}

/** The block of ports of one replica, counted from 1. */
export function blockOf({ ports }: Pick<Placed, 'ports'>, replica: number): Ports {
  return portsFrom(ports.gateway + (replica - 1) * blockSize);
}

/** Where a replica listens: what clients connect to is shared where that can be, health pages never are. */
export function replicaPorts(placed: Pick<Placed, 'ports'>, replica: number): Ports {
  const own = blockOf(placed, replica);
  if (!canSharePorts) return own;
  const { gateway, tracking, returnsSmtp, submissionSmtp, submissionSmtps } = placed.ports;
  return { ...own, gateway, tracking, returnsSmtp, submissionSmtp, submissionSmtps };
}

/** Every port that an instance needs, by what it is for. */
export function portsInUse({
  redisUrl,
  mongodbUrl,
  ...placed
}: Placed & Pick<Settings, 'redisUrl' | 'mongodbUrl'>): Record<string, number> {
  const { redis, mongodb, ...always } = placed.ports;
  const used: Record<string, number> = {
    ...always,
    ...(redisUrl ? {} : { redis }),
    ...(mongodbUrl ? {} : { mongodb }),
  };
  for (let replica = 2; replica <= placed.replicas; replica++) {
    const { redis: _r, mongodb: _m, mailboxHttp: _h, mailboxSmtp: _s, ...own } = blockOf(placed, replica);
    for (const [part, port] of Object.entries(own)) used[replicaName(part, replica)] = port;
  }
  return used;
}
