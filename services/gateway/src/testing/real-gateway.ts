import { randomBytes } from 'node:crypto';
import { silentLogger } from '@posthorn/runtime';
import { withTestMongo, withTestRedis } from '@posthorn/testing';
import { z } from 'zod';
import { runAdmin } from '../admin/run-admin.ts';
import { startGateway } from '../app.ts';
import { loadConfig } from '../config.ts';

/** For tests: the gateway as it is deployed, on a real Redis and a real MongoDB, with an account and a key made by the CLI. */
export async function startRealGateway(settings: Record<string, string> = {}) {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const mongo = scope.use(await withTestMongo());
  const env = {
    REDIS_URL: redis.url,
    MONGODB_URL: withDatabase(mongo.url, mongo.dbName),
    POSTHORN_SECRET: randomBytes(32).toString('hex'),
    HOST: '127.0.0.1',
    PORT: '0',
    ...settings,
  };
  const gateway = scope.use(await startGateway(loadConfig(env), silentLogger));
  const { accountId } = z
    .object({ accountId: z.int() })
    .parse(await admin(env, 'accounts create --name Test'));
  const newKey = async (scopes = 'all,operator') =>
    z
      .object({ key: z.string(), keyId: z.string() })
      .parse(await admin(env, `keys create --account ${accountId} --name test --scopes ${scopes}`));
  const { key } = await newKey();

  const running = scope.move();
  return {
    baseUrl: `http://127.0.0.1:${gateway.port}`,
    env,
    redis,
    accountId,
    key,
    newKey,
    admin: (command: string) => admin(env, command),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function admin(env: Record<string, string>, command: string): Promise<unknown> {
  const { text } = await runAdmin([...command.split(' '), '--json'], env);
  return JSON.parse(text);
}

function withDatabase(url: string, dbName: string): string {
  const named = new URL(url);
  named.pathname = `/${dbName}`;
  return named.href;
}
