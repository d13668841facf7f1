import { z } from 'zod';

/** Name of a pool of sending addresses; it is part of its lane's name. */
export const PoolName = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'must be lower-case letters, digits and dashes');
export type PoolName = z.infer<typeof PoolName>;

/** The pool of every account that names no other. */
export const defaultPool = 'default';
