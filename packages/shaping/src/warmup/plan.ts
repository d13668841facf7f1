/**
 * The shipped plan: most messages from one address to one provider on each sending day; after the last there is no limit.
 *
 * Grows by a third a day, as reputation is judged against the days before: slower than SendGrid's ×1.4, and it starts at a
 * tenth of SendGrid's 480 a day and a quarter of SparkPost's 200, as each limit is for one provider alone. It passes
 * 50,000 a day on day 25, where Amazon SES gets in 45 days for all providers together (facts: mechanics, B2).
 */
export const defaultWarmupPlan: readonly number[] = [
  50, 70, 90, 120, 160, 210, 280, 380, 500, 670, 900, 1_200, 1_600, 2_100, 2_800, 3_800, 5_000, 6_700, 9_000,
  12_000, 16_000, 21_000, 28_000, 38_000, 50_000, 67_000, 90_000, 120_000, 160_000, 200_000,
];
