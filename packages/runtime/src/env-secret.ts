import { z } from 'zod';

/**
 * `POSTHORN_SECRET`: what every key of an installation is derived from. At least 32 characters, drawn at random; several
 * with commas between them while one replaces another, newest first.
 */
export const EnvSecret = z
  .string()
  .refine(
    (value) => value.split(',').every((secret) => secret.length >= 32),
    'must be at least 32 random characters',
  );
