import { createCounter, createDurationHistogram } from '@posthorn/runtime';

/** Logins, by how they ended: `in`, `wrong`, `locked`, `unavailable`. */
export const countLogin = createCounter('posthorn.submission.logins', 'Logins of SMTP clients');

/** Messages that came with a final dot, by the reply's code: 250, 451, 452, 550, 552, 554. */
export const countMessages = createCounter(
  'posthorn.submission.messages',
  'Messages that SMTP clients submitted',
);

/** Sends made of accepted messages. */
export const countSends = createCounter('posthorn.submission.sends', 'Sends accepted over SMTP');

/** From the final dot to the reply. */
export const recordAcceptance = createDurationHistogram(
  'posthorn.submission.acceptance_ms',
  'Time from the final dot of a message to its reply',
);
