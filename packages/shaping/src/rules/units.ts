import { z } from 'zod';

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const durationProblem = 'must be a time like 90s, 5m, 4h or 2d';

/** `90s`, `5m`, `4h`, `2d`, in milliseconds. */
export const Duration = z
  .string(durationProblem)
  .regex(/^[1-9]\d{0,4}[smhd]$/, durationProblem)
  .transform((text) => Number.parseInt(text, 10) * (unitsMs[text.slice(-1)] ?? 0));

/** A number of messages in a time. */
export type Rate = Readonly<{
  /** As it was written: `100/s`, `10/min`. */
  text: string;
  /** Milliseconds from one message to the next. */
  intervalMs: number;
}>;

/** What is faster is not told apart from rounding. */
const intervalMsMin = 0.1;

/** `100/s`, `10/min`, `500/h`, `20000/d`; at most 10,000 a second. */
export const Rate = z
  .string()
  .regex(/^[1-9]\d{0,6}\/(s|min|h|d)$/, 'must be a rate like 100/s, 10/min, 500/h or 20000/d')
  .transform((text): Rate => {
    const [count = '1', unit = 's'] = text.split('/');
    return { text, intervalMs: (unitsMs[unit] ?? 1_000) / Number(count) };
  })
  .refine(({ intervalMs }) => intervalMs >= intervalMsMin, 'must be at most 10000/s');

/** `2/h`: how many answers in what time. */
export const Threshold = z
  .string()
  .regex(
    /^([1-9]\d?|100)\/(\d{0,4})(s|min|h|d)$/,
    'must be a count in a time like 2/h, 10/min or 5/10min, at most 100',
  )
  .transform((text) => {
    const [, count = '1', times = '', unit = 'h'] = /^(\d+)\/(\d*)([a-z]+)$/.exec(text) ?? [];
    return { text, count: Number(count), withinMs: (Number(times) || 1) * (unitsMs[unit] ?? 0) };
  });
export type Threshold = z.output<typeof Threshold>;
