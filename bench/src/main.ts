import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { interrupt } from './child.ts';
import { runGrowth } from './growth/run-growth.ts';
import { type MemoryResult, measureMemory, memoryLoads, memoryTable } from './memory/measure-memory.ts';
import { peersTable } from './peers/peers-table.ts';
import { allContenders, runPeers } from './peers/run-peers.ts';
import { runWholeBench } from './whole-bench.ts';

/** `npm run bench -- [--peers | --growth | --memory] [options]`: see ../README.md. Prints tables, writes bench/results/<time>.json. */
const { values } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    sends: { type: 'string', default: '20000' },
    senders: { type: 'string', default: '50' },
    hits: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    domains: { type: 'string', default: '10000' },
    depth: { type: 'string', default: '1000000' },
    backlog: { type: 'string' },
  },
});
const show = (text: string) => process.stdout.write(`${text}\n`);
const sends = Number(values.sends);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);

const { figures, isWhole } = await chosen();
const folder = path.resolve(import.meta.dirname, '../results');
await mkdir(folder, { recursive: true });
const file = path.join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
await writeFile(file, JSON.stringify({ commit, arguments: process.argv.slice(2), ...figures }, null, 2));
show(`Written to ${path.relative(process.cwd(), file)}`);
if (!isWhole) process.exitCode = 1;

function chosen() {
  if (values.peers) return peers();
  if (values.growth) return growth();
  return values.memory ? memory() : whole();
}

function whole() {
  return runWholeBench({ sends, senders: Number(values.senders), hits: Number(values.hits), show });
}

async function peers() {
  const rounds = Number(values.rounds);
  const result = await runPeers({ contenders: allContenders, messages: sends, rounds, show });
  show(`\n${peersTable(result)}\n`);
  const turns = [...result.values()].flatMap((found) => ('absent' in found ? [] : found));
  return {
    figures: { peers: [...result] },
    isWhole: turns.every(({ never, refused }) => never === 0 && Object.keys(refused).length === 0),
  };
}

function growth() {
  return runGrowth({
    ...{ sends, show, firstPort: 11_600 },
    ...{ domainsMax: Number(values.domains), depthMax: Number(values.depth) },
    backlogMax: Number(values.backlog ?? values.depth),
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
  });
}

async function memory() {
  const results: MemoryResult[] = [];
  for (const load of memoryLoads) results.push(await measureMemory(load, 11_600));
  show(`\n${memoryTable(results)}\n`);
  return {
    figures: { memory: results },
    isWhole: results.every(
      ({ messages, accepted, arrived }) => accepted === messages && arrived === messages,
    ),
  };
}
