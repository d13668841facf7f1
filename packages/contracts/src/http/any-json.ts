import { z } from 'zod';
import type { JsonValue } from '../json.ts';

/** Any value of a body. A body comes out of a JSON parser, so there is nothing left to check. */
export const AnyJson: z.ZodType<JsonValue> = z.any().meta({ description: 'Any JSON value.' });
