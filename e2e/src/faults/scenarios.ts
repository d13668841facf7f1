import { clockScenarios } from './clock-scenarios.ts';
import { dispatcherScenarios } from './dispatcher-scenarios.ts';
import { keyScenarios } from './key-scenarios.ts';
import { killScenarios } from './kill-scenarios.ts';
import { mongodbScenarios } from './mongodb-scenarios.ts';
import { poisonScenarios } from './poison-scenarios.ts';
import { receiverScenarios } from './receiver-scenarios.ts';
import { redisScenarios } from './redis-scenarios.ts';
import { releaseScenarios } from './release-scenarios.ts';
import { roomScenarios } from './room-scenarios.ts';
import type { Scenario } from './scenario.ts';

/** Every fault that can be done to a whole system here. */
export const scenarios: readonly Scenario[] = [
  ...killScenarios,
  ...dispatcherScenarios,
  ...redisScenarios,
  ...mongodbScenarios,
  ...receiverScenarios,
  ...roomScenarios,
  ...clockScenarios,
  ...poisonScenarios,
  ...keyScenarios,
  ...releaseScenarios,
];
