import { z } from 'zod';
import { JsonValue } from '../json.ts';

/** An object that is kept and returned as given. */
export const StoredObject = z.record(z.string(), JsonValue);
export type StoredObject = z.infer<typeof StoredObject>;
