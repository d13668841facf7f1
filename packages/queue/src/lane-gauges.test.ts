import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, type BatchObservableCallback, metrics, type Observable } from '@opentelemetry/api';
import { defineLane } from '@posthorn/contracts';
import { z } from 'zod';

type Observed = Readonly<{ name: string; value: number; attributes: Attributes | undefined }>;

test('whoever consumes a lane reports its depth at each collection, until it is disposed', async () => {
  const { collect } = recordGauges();
  // Loaded only now: instruments belong to the provider that was there when they were made.
  const { connectRedis, consume, createPostbox } = await import('./index.ts');
  const { silentLogger } = await import('@posthorn/runtime');
  const { withTestRedis } = await import('@posthorn/testing');
  await using server = await withTestRedis();
  await using poster = await connectRedis({ url: server.url, role: 'poster', log: silentLogger });
  await using worker = await connectRedis({ url: server.url, role: 'worker', log: silentLogger });
  const lane = defineLane({ name: 'depth', item: z.object({ id: z.string() }), idOf: ({ id }) => id });
  await using postbox = createPostbox(lane, { redis: poster, log: silentLogger });
  const taken = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const handle = async () => {
    taken.resolve();
    await free.promise;
    return 'allDone' as const;
  };
  const consumer = consume(lane, handle, { redis: worker, concurrency: 1, log: silentLogger });
  await postbox.post({ id: 'first' });
  await taken.promise;
  await postbox.post({ id: 'second' });

  const observed = await collect();

  assert.deepEqual(
    observed.map(({ name, value, attributes }) => [name, name.endsWith('_ms') || value, attributes]),
    [
      ['posthorn.queue.lane_waiting_bags', 1, { lane: 'depth' }],
      ['posthorn.queue.lane_active_bags', 1, { lane: 'depth' }],
      ['posthorn.queue.lane_delayed_bags', 0, { lane: 'depth' }],
      ['posthorn.queue.lane_parked_items', 0, { lane: 'depth' }],
      ['posthorn.queue.lane_oldest_waiting_ms', true, { lane: 'depth' }],
    ],
  );
  free.resolve();
  await consumer[Symbol.asyncDispose]();
  assert.deepEqual(await collect(), []);
});

/** A provider whose gauges are collected by hand; everything else goes nowhere. */
function recordGauges() {
  const names = new Map<Observable, string>();
  const callbacks = new Set<BatchObservableCallback>();
  const noop = metrics.getMeter('none');
  const meter: typeof noop = Object.create(noop);
  meter.createObservableGauge = (name, options) => {
    const gauge = Object.create(noop.createObservableGauge(name, options));
    names.set(gauge, name);
    return gauge;
  };
  meter.addBatchObservableCallback = (callback) => void callbacks.add(callback);
  meter.removeBatchObservableCallback = (callback) => void callbacks.delete(callback);
  metrics.setGlobalMeterProvider({ getMeter: () => meter });

  async function collect(): Promise<Observed[]> {
    const observed: Observed[] = [];
    const observe = (gauge: Observable, value: number, attributes?: Attributes) =>
      void observed.push({ name: names.get(gauge) ?? '', value, attributes });
    await Promise.all([...callbacks].map((callback) => callback({ observe })));
    return observed;
  }
  return { collect };
}
