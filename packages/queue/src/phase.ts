/** Where a run stands; for tests that end the process there. */
export type Phase =
  | 'taken'
  | 'handler-started'
  | 'after-post-next'
  | 'after-settle'
  | 'after-repost'
  | 'before-finish'
  | 'after-finish';
