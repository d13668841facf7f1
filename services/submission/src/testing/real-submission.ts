import { digestsFromSecret } from '@posthorn/mail';
import type { Store } from '@posthorn/store';
import { accountId, aToken, secret, userName } from './test-submission.ts';

/** The environment of a submission on real servers, on any free ports. */
export function environmentOf({ redisUrl, mongodbUrl }: { redisUrl: string; mongodbUrl: string }) {
  return {
    ...{ REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl, POSTHORN_SECRET: secret, HOST: '127.0.0.1' },
    ...{ SMTP_NAME: 'smtp.shop.example', SMTP_PORTS: '0', SMTPS_PORTS: '0', HEALTH_HOST: '127.0.0.1' },
    ...{ TLS_SELF_SIGNED: 'true', ALLOW_PLAIN_LOGIN: 'true', ALLOW_ANY_SENDING_DOMAIN: 'true' },
  };
}

/** Stores the account, and the token that tests log in with. */
export async function storeToken(store: Store): Promise<void> {
  await store.accounts.create({ accountId, name: 'Shop', createdAtMs: 1 });
  await store.smtpTokens.insert(aToken());
}

type Teller = {
  incr: (key: string) => Promise<number>;
  publish: (channel: string, text: string) => Promise<number>;
};

/** Gives the token another password and tells, as the gateway does; the channel may be silent. */
export async function resetToken(
  store: Store,
  redis: Teller,
  { next, isHeard }: { next: string; isHeard: boolean },
): Promise<void> {
  await store.smtpTokens.reset(accountId, userName, digestsFromSecret(secret).make(next));
  await redis.incr('ph:smtp-tokens:changed');
  if (isHeard) await redis.publish('ph:smtp-tokens:changed', userName);
}
