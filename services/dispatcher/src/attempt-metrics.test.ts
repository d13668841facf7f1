import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, type BatchObservableCallback, metrics, type Observable } from '@opentelemetry/api';

const recorded = recordMetrics();
// Loaded only now: instruments belong to the provider that was there when they were made.
const { createAttemptTelemetry, reportConnections } = await import('./attempt-telemetry.ts');

const about = { statusId: 's1', domain: 'example.org', ip: '192.0.2.1', parent: undefined };
const labelOf = (site: string) => (site.endsWith('.google.com') ? 'google.com' : 'other');
const where = { pool: 'receipts', ip: '192.0.2.1', site: 'google.com' };

test('attempts are counted by outcome, pool, address and site, and no recipient is named', async () => {
  const telemetry = createAttemptTelemetry({ pool: 'receipts', labelOf });

  await telemetry.observe({ ...about, site: 'mx.google.com' }, async () => ({
    mx: 'mx.google.com',
    outcomes: new Map([['jane@example.org', { kind: 'delivered', response: '250 ok' }]]),
  }));

  assert.deepEqual(recorded.take(), [
    ['posthorn.dispatcher.attempt_ms', where],
    ['posthorn.dispatcher.attempts', { ...where, outcome: 'delivered' }],
  ]);
});

test('what was not tried is no attempt; what a limit put off is counted by its rule', async () => {
  const telemetry = createAttemptTelemetry({ pool: 'receipts', labelOf });

  await telemetry.observe({ ...about, site: 'mx.google.com' }, async () => ({
    ...{ mx: undefined, outcomes: new Map(), untried: { kind: 'late' } },
  }));
  telemetry.waited({ rule: 'google.com.message-rate', ip: '192.0.2.1' }, 'mx.google.com', 2);

  assert.deepEqual(recorded.take(), [
    ['posthorn.dispatcher.waits', { ...where, rule: 'google.com.message-rate' }],
  ]);
});

test('connections to sites of one name are one series, with the pool of their address', async () => {
  const held = [
    { ip: '192.0.2.1', site: 'a.google.com', count: 2 },
    { ip: '192.0.2.1', site: 'b.google.com', count: 3 },
    { ip: undefined, site: 'mx.example', count: 1 },
  ];
  using _report = reportConnections(() => held, { labelOf, poolOf: () => 'receipts' });

  assert.deepEqual(await recorded.collect(), [
    ['posthorn.dispatcher.connections', 5, where],
    ['posthorn.dispatcher.connections', 1, { site: 'other' }],
  ]);
});

/** A provider that keeps what is counted, and whose gauges are collected by hand. */
function recordMetrics() {
  const added: [name: string, attributes: Attributes | undefined][] = [];
  const names = new Map<Observable, string>();
  const callbacks = new Set<BatchObservableCallback>();
  const noop = metrics.getMeter('none');
  const meter: typeof noop = Object.create(noop);
  const note = (name: string) => (_value: number, attributes?: Attributes) =>
    void added.push([name, attributes]);
  meter.createCounter = (name) => ({ add: note(name) });
  meter.createHistogram = (name) => ({ record: note(name) });
  meter.createObservableGauge = (name, options) => {
    const gauge = Object.create(noop.createObservableGauge(name, options));
    names.set(gauge, name);
    return gauge;
  };
  meter.addBatchObservableCallback = (callback) => void callbacks.add(callback);
  metrics.setGlobalMeterProvider({ getMeter: () => meter });

  return {
    take: () => added.splice(0).sort(([a], [b]) => a.localeCompare(b)),
    async collect() {
      const observed: [name: string, value: number, attributes: Attributes | undefined][] = [];
      const observe = (gauge: Observable, value: number, attributes?: Attributes) =>
        void observed.push([names.get(gauge) ?? '', value, attributes]);
      await Promise.all([...callbacks].map((callback) => callback({ observe })));
      return observed.sort(([, a], [, b]) => b - a);
    },
  };
}
