import {
  IpCreateRequest,
  IpList,
  IpListQuery,
  IpUpdateRequest,
  IpView,
  type Scope,
} from '@posthorn/contracts';
import { type Endpoint, type EndpointShape, type RawCall, takesBody, takesQuery } from '../http/endpoint.ts';
import { ipViewOf } from '../ips/ip-view.ts';
import type { KeepIps } from '../ips/keep-ips.ts';

export type IpRoutesDeps = Readonly<{ keepIps: KeepIps }>;

const base = '/v1/ips';
const one = `${base}/:ipId`;
const scopes: readonly Scope[] = ['operator'];

/** The addresses that mail leaves from: of the whole installation, so an operator's. Beyond HubSpot. */
export function ipEndpoints(deps: IpRoutesDeps): Endpoint[] {
  return [addIp(deps), listIps(deps), getIp(deps), changeIp(deps), checkIp(deps), removeIp(deps)];
}

function addIp({ keepIps }: IpRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'createIp', method: 'post', paths: [base], summary: 'Add an IP' }),
    description: 'Mail leaves from it as soon as all of its checks pass; they begin at once.',
    answers: { 201: { description: 'The IP.', schema: IpView } },
    ...takesBody(IpCreateRequest, async ({ body }) => ({
      status: 201,
      body: ipViewOf(await keepIps.add(body)),
    })),
  };
}

function listIps({ keepIps }: IpRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'listIps', method: 'get', paths: [base], summary: 'List IPs' }),
    answers: { 200: { description: 'All of them, by address.', schema: IpList } },
    ...takesQuery(IpListQuery, async (_call, { pool, state }) => {
      const all = await keepIps.list(pool === undefined ? {} : { pool });
      const results = all.filter((ip) => state === undefined || ip.state === state).map(ipViewOf);
      return { status: 200, body: { results } };
    }),
  };
}

function getIp({ keepIps }: IpRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'getIp', method: 'get', paths: [one], summary: 'Read an IP' }),
    answers,
    run: async (call) => ({ status: 200, body: ipViewOf(await keepIps.find(idOf(call))) }),
  };
}

function changeIp({ keepIps }: IpRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'updateIp', method: 'patch', paths: [one], summary: 'Change an IP' }),
    description:
      'Pool, EHLO name, SOCKS5 server and warm-up, and whether mail leaves from it. Dispatchers go by it within seconds.',
    answers,
    ...takesBody(IpUpdateRequest, async (call) => ({
      status: 200,
      body: ipViewOf(await keepIps.change(idOf(call), call.body)),
    })),
  };
}

function checkIp({ keepIps }: IpRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'checkIp', method: 'post', paths: [`${one}/check`], summary: 'Check an IP now' }),
    description:
      'Looks at each of its conditions. It is done on a schedule too: every minute at first, hourly once it sends.',
    answers,
    run: async (call) => ({ status: 200, body: ipViewOf(await keepIps.check(idOf(call))) }),
  };
}

function removeIp({ keepIps }: IpRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'deleteIp', method: 'delete', paths: [one], summary: 'Delete an IP' }),
    description: 'What was tried from it and comes again leaves from another IP of the pool.',
    answers: { 204: { description: 'Done.' } },
    run: async (call) => {
      await keepIps.remove(idOf(call));
      return { status: 204 };
    },
  };
}

const answers = { 200: { description: 'The IP as it is now.', schema: IpView } };

function shapeOf<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(shape: Shape) {
  return { ...shape, scopes, tag: 'IPs', isRateLimited: true } as const;
}

function idOf({ params }: RawCall): string {
  return params['ipId'] ?? '';
}
