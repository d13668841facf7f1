import { type Attributes, metrics } from '@opentelemetry/api';

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
