export { type BoundAddresses, type BoundRedis, createBoundAddresses } from './bound-addresses.ts';
export { laneIdOf, laneOf, type SiteLane } from './lane.ts';
export type { ConnectionLease } from './limits/connections.ts';
export type { Leave, WaitReason } from './limits/leave.ts';
export type { SiteAnswer } from './limits/observer.ts';
export { loadShapingRules } from './rules/load-rules.ts';
export { providerOf, type ShapingRules, type SiteRules } from './rules/shaping-rules.ts';
export { type WatchedRules, watchShapingRules } from './rules/watch-rules.ts';
export type { ShapingRedis } from './run-script.ts';
export { createShaper, type Shaper, type ShaperDeps } from './shaper.ts';
export type { LaneQuery } from './view/lane-pages.ts';
export {
  createSiteReader,
  type OverrideView,
  type SitePage,
  type SiteReader,
  type SiteView,
} from './view/site-reader.ts';
export { createWaitingBoard, type Noted, type WaitingBoard } from './view/waiting-board.ts';
