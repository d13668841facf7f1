/** By hand: `node src/shaper.bench.ts [asks]`. What leave to send costs Redis, with and without spare leaves and company. */
import { connectRedis } from '@posthorn/queue';
import { silentLogger as log, systemClock } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { parseShapingRules } from './rules/load-rules.ts';
import { createShaper } from './shaper.ts';

const asks = Number(process.argv[2] ?? 20_000);

await using redis = await withTestRedis();
await using link = await connectRedis({ url: redis.url, role: 'poster', log });
const { client } = link;

const alone = 'defaults: { messageRate: 10000/s, burst: 1 }';
const spare = 'defaults: { messageRate: 10000/s, burst: 2000 }';
const none = 'defaults: { messageRate: 1/d }';
await measure('one asks after the other, no spare leaves', alone, 1);
await measure('one asks after the other, with spare leaves', spare, 1);
await measure('fifty ask at once, no spare leaves', alone, 50);
await measure('fifty ask at once, with spare leaves', spare, 50);
await measure('fifty ask at once and are refused', none, 50);

async function measure(what: string, yaml: string, together: number): Promise<void> {
  const rules = parseShapingRules(yaml, 'bench');
  const deps = { redis: client, rules: () => rules, clock: systemClock, log, random: Math.random };
  await using shaper = createShaper({ ...deps, owner: what });
  const lane = { ip: '192.0.2.1', site: `${together}.${yaml.length}.example` };
  await shaper.ask(lane);
  const before = await redisUse();
  const startedAtMs = performance.now();
  let goes = 0;
  for (let done = 0; done < asks; done += together) {
    const leaves = await Promise.all(Array.from({ length: together }, () => shaper.ask(lane)));
    goes += leaves.filter(({ kind }) => kind === 'go').length;
  }
  const perSecond = Math.round((asks / (performance.now() - startedAtMs)) * 1_000);
  const after = await redisUse();
  const cpu = ((after.cpuUs - before.cpuUs) / asks).toFixed(1);
  const calls = ((after.calls - before.calls) / asks).toFixed(3);
  process.stdout.write(
    `${what}: ${cpu} µs of Redis, ${calls} calls an ask; ${perSecond}/s; ${goes} of ${asks} may go\n`,
  );
}

async function redisUse(): Promise<{ cpuUs: number; calls: number }> {
  const text = `${await client.info('cpu')}${await client.info('commandstats')}`;
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  const seconds = number(/used_cpu_user_main_thread:([\d.]+)/) + number(/used_cpu_sys_main_thread:([\d.]+)/);
  return { cpuUs: seconds * 1_000_000, calls: number(/cmdstat_evalsha:calls=(\d+)/) };
}
