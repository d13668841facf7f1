import { dateFilters } from './date-filters.ts';
import type { FilterRule } from './filter-rule.ts';
import { listFilters } from './list-filters.ts';
import { logicFilters } from './logic-filters.ts';
import { numberFilters } from './number-filters.ts';
import { textFilters } from './text-filters.ts';

/** Every filter a compiled template may use, by its Liquid name. */
export const filters: Readonly<Record<string, FilterRule>> = {
  ...logicFilters,
  ...textFilters,
  ...numberFilters,
  ...listFilters,
  ...dateFilters,
};
