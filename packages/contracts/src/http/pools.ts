import { z } from 'zod';
import { AccountId } from '../ids.ts';
import { PoolName } from '../pool-name.ts';
import { IpStateName } from './ips.ts';

/** The body of `POST /v1/pools`. */
export const PoolCreateRequest = z
  .strictObject({ name: PoolName.meta({ description: 'Lower-case letters, digits and dashes.' }) })
  .meta({ id: 'PoolCreateRequest' });
export type PoolCreateRequest = z.infer<typeof PoolCreateRequest>;

/** A set of sending addresses, as it is answered. */
export const PoolView = z
  .object({
    name: PoolName,
    isDefault: z
      .boolean()
      .meta({ description: 'Mail leaves by it unless its email or account names another.' }),
    ips: z.array(z.object({ id: z.string(), address: z.string(), state: IpStateName })),
    dispatchers: z.int().min(0).optional().meta({
      description:
        'Running dispatchers that can send from one of its addresses; absent where that is not known.',
    }),
    accounts: z.array(AccountId).meta({
      description: 'The accounts that may send by it, at most 1,000; the default pool is everyone’s.',
    }),
    createdAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Pool' });
export type PoolView = z.infer<typeof PoolView>;

/** The answer of `GET /v1/pools`: all of them, by name. */
export const PoolList = z.object({ results: z.array(PoolView) }).meta({ id: 'PoolList' });
export type PoolList = z.infer<typeof PoolList>;
