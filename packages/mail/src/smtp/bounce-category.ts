import { BounceCategory } from '@posthorn/contracts';

export type { BounceCategory };

/** HubSpot's categories of a BOUNCE event, as its events API names them. */
export const bounceCategories: readonly BounceCategory[] = BounceCategory.options;

const hard: ReadonlySet<BounceCategory> = new Set([
  'UNKNOWN_USER',
  'CONTENT',
  'SPAM',
  'POLICY',
  'HUBSPOT_GLOBAL_BOUNCE',
]);

/** Whether HubSpot counts a bounce of this category as a hard one (facts: events API, `category`). */
export function isHardCategory(category: BounceCategory): boolean {
  return hard.has(category);
}
