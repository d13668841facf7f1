import { z } from 'zod';

/** The parameters by which a list is read page by page; `limitDefault` is what its route takes where none is given. */
export function pageQuery({ limitDefault }: { limitDefault: number }) {
  return {
    after: z
      .string()
      .max(1_000)
      .optional()
      .meta({ description: 'The cursor of the page before: `paging.next.after`.' }),
    limit: z
      .string()
      .regex(/^\d{1,4}$/, 'must be a number from 1 to 100')
      .transform(Number)
      .pipe(z.int().min(1).max(100))
      .optional()
      .meta({ description: `1 to 100, ${limitDefault} unless given.` }),
  };
}
