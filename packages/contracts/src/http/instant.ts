import { z } from 'zod';

const problem = 'must be a date and time with an offset, such as 2026-01-31T09:30:00Z';

/** A moment that a caller gives. HubSpot's own paths take other spellings too, which the gateway turns into this one. */
export const Instant = z.iso.datetime({ offset: true, error: problem });
