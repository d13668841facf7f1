import { PoolCreateRequest, PoolList, PoolView, type Scope } from '@posthorn/contracts';
import { type Endpoint, type EndpointShape, type RawCall, takesBody } from '../http/endpoint.ts';
import type { KeepPools } from '../pools/keep-pools.ts';
import type { PoolGrants } from '../pools/pool-grants.ts';
import { accountIdOf } from './account.ts';

export type PoolRoutesDeps = Readonly<{ keepPools: KeepPools; poolGrants: PoolGrants }>;

const base = '/v1/pools';
const one = `${base}/:name`;
const grant = `${one}/accounts/:accountId`;
const scopes: readonly Scope[] = ['operator'];

/** The sets of addresses that mail leaves by: of the whole installation, so an operator's. Beyond HubSpot. */
export function poolEndpoints(deps: PoolRoutesDeps): Endpoint[] {
  return [addPool(deps), listPools(deps), getPool(deps), removePool(deps), grantPool(deps), revokePool(deps)];
}

function addPool({ keepPools }: PoolRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'createPool', method: 'post', paths: [base], summary: 'Make a pool' }),
    description:
      'Its mail waits until a dispatcher runs that serves it (`POOL`) and it has an IP that sends.',
    answers: { 201: { description: 'The pool.', schema: PoolView } },
    ...takesBody(PoolCreateRequest, async ({ body }) => ({
      status: 201,
      body: await keepPools.add(body.name),
    })),
  };
}

function listPools({ keepPools }: PoolRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'listPools', method: 'get', paths: [base], summary: 'List pools' }),
    answers: { 200: { description: 'All of them, by name.', schema: PoolList } },
    run: async () => ({ status: 200, body: { results: await keepPools.list() } }),
  };
}

function getPool({ keepPools }: PoolRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'getPool', method: 'get', paths: [one], summary: 'Read a pool' }),
    answers: { 200: { description: 'The pool and its IPs.', schema: PoolView } },
    run: async (call) => ({ status: 200, body: await keepPools.find(nameOf(call)) }),
  };
}

function removePool({ keepPools }: PoolRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'deletePool', method: 'delete', paths: [one], summary: 'Delete a pool' }),
    description:
      '409 while it has IPs or mail, or an account or a published email names it. The default pool stays.',
    answers: { 204: { description: 'Done.' } },
    run: async (call) => {
      await keepPools.remove(nameOf(call));
      return { status: 204 };
    },
  };
}

function grantPool({ keepPools, poolGrants }: PoolRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'grantPool', method: 'put', paths: [grant], summary: 'Let an account send by a pool' }),
    description: 'Its emails may name the pool from then on. The default pool is everyone’s without a grant.',
    answers: { 200: { description: 'The pool, with the accounts that may send by it.', schema: PoolView } },
    run: async (call) => {
      await poolGrants.grant(accountIdOf(call), nameOf(call));
      return { status: 200, body: await keepPools.find(nameOf(call)) };
    },
  };
}

function revokePool({ poolGrants }: PoolRoutesDeps): Endpoint {
  return {
    ...shapeOf({
      id: 'revokePool',
      method: 'delete',
      paths: [grant],
      summary: 'Take a pool from an account',
    }),
    description:
      'Sends of its emails that name the pool leave by the account’s pool or the default one, within five seconds; what is in the pool’s queue still leaves by it. 409 for the default pool.',
    answers: { 204: { description: 'Done.' } },
    run: async (call) => {
      await poolGrants.revoke(accountIdOf(call), nameOf(call));
      return { status: 204 };
    },
  };
}

function shapeOf<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(shape: Shape) {
  return { ...shape, scopes, tag: 'Pools', isRateLimited: true } as const;
}

function nameOf({ params }: RawCall): string {
  return params['name'] ?? '';
}
