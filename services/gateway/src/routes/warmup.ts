import { type Scope, WarmupAnswer, WarmupStartRequest } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { ProviderWarmup, Warmup } from '@posthorn/shaping/warmup';
import type { IpRepository, SendingIp } from '@posthorn/store';
import { type Endpoint, type EndpointShape, type RawCall, takesBody } from '../http/endpoint.ts';

export type WarmupRoutesDeps = Readonly<{
  ips: Pick<IpRepository, 'find'>;
  warmup: Pick<Warmup, 'read' | 'start' | 'isWarm'>;
}>;

const path = '/v1/ips/:ipId/warmup';
const scopes: readonly Scope[] = ['operator'];

/** How far an address's warm-up is with each provider, and starting it again. Beyond HubSpot. */
export function warmupEndpoints(deps: WarmupRoutesDeps): Endpoint[] {
  return [getWarmup(deps), startWarmup(deps)];
}

function getWarmup(deps: WarmupRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'getIpWarmup', method: 'get', paths: [path], summary: 'Read the warm-up of an IP' }),
    description: 'The plan, today, the days before, and why the plan stands where it stands; by provider.',
    answers,
    run: async (call) => ({ status: 200, body: await answerOf(deps, await ipOf(deps, call)) }),
  };
}

function startWarmup(deps: WarmupRoutesDeps): Endpoint {
  return {
    ...shapeOf({
      id: 'startIpWarmup',
      method: 'post',
      paths: [path],
      summary: 'Start the warm-up of an IP again',
    }),
    description:
      'For all providers, at the first day of the plan or the one that is named; dispatchers go by it within a minute. 409 where the IP skips its warm-up.',
    answers,
    ...takesBody(WarmupStartRequest, async (call) => {
      const ip = await ipOf(deps, call);
      if (ip.warmup === 'skip') throw new Fault('conflict', 'This IP skips its warm-up.');
      await deps.warmup.start(ip.address, { startAtDay: call.body.startAtDay ?? 1 });
      return { status: 200, body: await answerOf(deps, ip) };
    }),
  };
}

const answers = { 200: { description: 'The warm-up as it is now.', schema: WarmupAnswer } };

function shapeOf<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(shape: Shape) {
  return { ...shape, scopes, tag: 'IPs', isRateLimited: true } as const;
}

async function ipOf({ ips }: WarmupRoutesDeps, { params }: RawCall): Promise<SendingIp> {
  const ip = await ips.find(params['ipId'] ?? '');
  if (!ip) throw new Fault('not_found', 'There is no such IP.');
  return ip;
}

async function answerOf({ warmup }: WarmupRoutesDeps, { address, ...ip }: SendingIp): Promise<WarmupAnswer> {
  const [{ mode, plan, providers }, isWarm] = await Promise.all([
    warmup.read(address),
    warmup.isWarm(address),
  ]);
  const isSkipped = ip.warmup === 'skip' || mode === 'skip';
  return {
    address,
    mode: isSkipped ? 'skip' : 'plan',
    isWarm: isSkipped || isWarm,
    plan: [...plan],
    providers: providers.map(providerOf),
  };
}

function providerOf({ lastChange: { atMs, ...change }, history, ...provider }: ProviderWarmup) {
  return {
    ...provider,
    lastChange: { ...change, at: new Date(atMs).toISOString() },
    history: [...history],
  };
}
