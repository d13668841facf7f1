import { createCounter } from '@posthorn/runtime';

/** Addresses that mail was offered for, by what became of them: `accepted`, `unknown`, `expired`. */
export const countOffered = createCounter(
  'posthorn.returns.recipients',
  'Recipients that mail was offered for',
);

/** Messages that came back, by what they were: `bounce`, `delayed`, `auto-reply`, `complaint`, `unparsed`, … */
export const countReturned = createCounter(
  'posthorn.returns.messages',
  'Messages that came back and were read',
);
