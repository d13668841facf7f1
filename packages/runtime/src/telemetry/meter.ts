import { type Attributes, type BatchObservableCallback, metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('posthorn');

/** A monotonic count. The name states what is counted: `posthorn.gateway.sends`. */
export function createCounter(
  name: string,
  description: string,
): (by: number, attributes?: Attributes) => void {
  const counter = meter.createCounter(name, { description, unit: '{item}' });
  return (by, attributes) => counter.add(by, attributes);
}

/** A distribution of durations in milliseconds; the name ends in `_ms`. */
export function createDurationHistogram(
  name: string,
  description: string,
): (valueMs: number, attributes?: Attributes) => void {
  const histogram = meter.createHistogram(name, { description, unit: 'ms' });
  return (valueMs, attributes) => histogram.record(valueMs, attributes);
}

/** Says what one gauge is at this moment, for each set of attributes. */
export type SetGauge<Name extends string> = (name: Name, value: number, attributes?: Attributes) => void;

/** Values that are asked for when metrics are collected and at no other time, so that they cost nothing without a collector. */
export type Gauges<Name extends string> = Readonly<{
  /** Calls `read` at each collection until disposed; what it throws leaves a gap. One that takes long is not asked twice. */
  observe: (read: (set: SetGauge<Name>) => void | Promise<void>) => Disposable;
}>;

/** Makes gauges that are read together. Each name states its unit. */
export function createGauges<Name extends string>(
  described: Readonly<Record<Name, { description: string; unit: string }>>,
): Gauges<Name> {
  const gauges = new Map<string, ReturnType<typeof meter.createObservableGauge>>();
  for (const [name, options] of Object.entries<{ description: string; unit: string }>(described))
    gauges.set(name, meter.createObservableGauge(name, options));

  return {
    observe(read) {
      let isReading = false;
      const collect: BatchObservableCallback = async (result) => {
        if (isReading) return;
        isReading = true;
        try {
          await read((name, value, attributes) => {
            const gauge = gauges.get(name);
            if (gauge) result.observe(gauge, value, attributes);
          });
        } catch {
          // What cannot be read now is missing, and nothing else is to be done about it.
        } finally {
          isReading = false;
        }
      };
      meter.addBatchObservableCallback(collect, [...gauges.values()]);
      return {
        [Symbol.dispose]: () => meter.removeBatchObservableCallback(collect, [...gauges.values()]),
      };
    },
  };
}
