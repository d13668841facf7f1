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
      .int('must be a whole number from 1 to 100')
      .min(1, 'must be a whole number from 1 to 100')
      .max(100, 'must be a whole number from 1 to 100')
      .optional()
      .meta({ description: `1 to 100, ${limitDefault} unless given.` }),
  };
}
