import { z } from 'zod';
import { AnyJson } from './any-json.ts';

/** An object that is kept and returned as given. */
export const StoredObject = z.record(z.string(), AnyJson);
export type StoredObject = z.infer<typeof StoredObject>;
