import { z } from 'zod';
import { PoolName } from '../pool-name.ts';

const Socks5Request = z
  .strictObject({
    host: z.string().min(1).max(255),
    port: z.int().min(1).max(65_535),
    username: z.string().min(1).max(255).optional(),
    password: z.string().min(1).max(255).optional(),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    message: 'username and password come together',
  })
  .meta({
    id: 'Socks5',
    description:
      'A SOCKS5 server on the host where the address lives. What is given replaces the whole; credentials are never shown again.',
  });

const ehloName = z.string().min(1).max(255).meta({
  description: 'What is said in EHLO: a host that leads to the address, and that its PTR record names.',
});
const warmup = z.enum(['plan', 'skip']).meta({ description: 'skip: the address is warm already.' });

/** The body of `POST /v1/ips`. */
export const IpCreateRequest = z
  .strictObject({
    address: z.string().min(1).max(64).meta({ description: 'IPv4 or IPv6.' }),
    ehloName,
    pool: PoolName.optional().meta({ description: 'The default pool unless given.' }),
    warmup: warmup.optional(),
    socks5: Socks5Request.nullish(),
  })
  .meta({ id: 'IpCreateRequest' });
export type IpCreateRequest = z.infer<typeof IpCreateRequest>;

/** The body of `PATCH /v1/ips/{id}`; what is not given stays. */
export const IpUpdateRequest = z
  .strictObject({
    pool: PoolName.optional(),
    ehloName: ehloName.optional(),
    action: z.enum(['pause', 'drain', 'resume']).optional().meta({
      description:
        'pause, drain: no mail leaves from it until it is resumed. resume: it sends again as soon as all of its checks pass.',
    }),
    warmup: warmup.optional(),
    socks5: Socks5Request.nullish().meta({ description: 'null takes it away.' }),
    revision: z.int().min(0).optional().meta({
      description: '409 unless it is still this one: nothing that came between is overwritten.',
    }),
  })
  .meta({ id: 'IpUpdateRequest' });
export type IpUpdateRequest = z.infer<typeof IpUpdateRequest>;

export const IpStateName = z.enum(['checking', 'warming', 'active', 'paused', 'draining']);

/** Parameters of `GET /v1/ips`. */
export const IpListQuery = z.strictObject({
  pool: PoolName.optional().meta({ description: 'Only those of this pool.' }),
  state: IpStateName.optional().meta({ description: 'Only those in this state.' }),
});
export type IpListQuery = z.infer<typeof IpListQuery>;

/** One condition that an address has to meet. */
const IpCheckView = z
  .object({
    name: z.enum(['bound', 'ptr', 'ehlo', 'spf', 'blocklists']).meta({
      description:
        'bound: a running dispatcher can send from it. ptr: its PTR record is its EHLO name. ehlo: that name leads to it. spf: the SPF record of every verified domain covers it. blocklists: it is on none. Of private addresses only bound is asked.',
    }),
    state: z.enum(['pending', 'passed', 'failing']),
    message: z.string().optional().meta({ description: 'What is wrong and what to do.' }),
    found: z.array(z.string()).optional(),
    checkedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'IpCheck' });

/** An address that mail may leave from, as it is answered. */
export const IpView = z
  .object({
    id: z.string(),
    address: z.string(),
    ehloName: z.string(),
    pool: PoolName,
    state: IpStateName.meta({
      description:
        'Mail leaves from it while it is warming or active. checking: a check has not passed yet. draining: a blocklist has it, or an operator says so.',
    }),
    stateReason: z.string().optional(),
    warmup,
    socks5: z.object({ host: z.string(), port: z.int(), hasCredentials: z.boolean() }).optional(),
    checks: z.array(IpCheckView),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    nextCheckAt: z.iso.datetime(),
    revision: z.int().min(0),
  })
  .meta({ id: 'Ip' });
export type IpView = z.infer<typeof IpView>;

/** The answer of `GET /v1/ips`: all of them, by address. */
export const IpList = z.object({ results: z.array(IpView) }).meta({ id: 'IpList' });
export type IpList = z.infer<typeof IpList>;
