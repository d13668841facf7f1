import type { Endpoint } from '../http/endpoint.ts';
import { type AccountRoutesDeps, accountEndpoints } from './account.ts';
import { type AccountInfoDeps, accountInfoEndpoints } from './account-info.ts';
import { type DomainRoutesDeps, domainEndpoints } from './domains.ts';
import { type EmailRoutesDeps, emailEndpoints } from './emails.ts';
import { type IpRoutesDeps, ipEndpoints } from './ips.ts';
import { type LegacySingleSendDeps, legacySingleSend } from './legacy-single-send.ts';
import { legacySmtpTokenEndpoints } from './legacy-smtp-tokens.ts';
import { type PoolRoutesDeps, poolEndpoints } from './pools.ts';
import { sendStatus } from './send-status.ts';
import { type SendTimelineDeps, sendTimeline } from './send-timeline.ts';
import { type SendsDeps, sends } from './sends.ts';
import { marketingSingleSend, type SingleSendDeps, singleSend } from './single-send.ts';
import { type SiteRoutesDeps, siteEndpoints } from './sites.ts';
import { type SmtpTokenStatisticsDeps, smtpTokenStatistics } from './smtp-token-statistics.ts';
import { type SmtpTokenRoutesDeps, smtpTokenEndpoints } from './smtp-tokens.ts';
import { type SuppressionRoutesDeps, suppressionEndpoints } from './suppressions.ts';
import { type SendWaitingDeps, sendWaiting } from './waiting.ts';
import { type WarmupRoutesDeps, warmupEndpoints } from './warmup.ts';

export type EndpointsDeps = SingleSendDeps &
  SendsDeps &
  LegacySingleSendDeps &
  SendTimelineDeps &
  SendWaitingDeps &
  EmailRoutesDeps &
  SuppressionRoutesDeps &
  IpRoutesDeps &
  PoolRoutesDeps &
  WarmupRoutesDeps &
  SiteRoutesDeps &
  SmtpTokenRoutesDeps &
  SmtpTokenStatisticsDeps &
  DomainRoutesDeps &
  AccountInfoDeps &
  AccountRoutesDeps;

/** Every endpoint of the API, the busiest first: Express looks through them in this order. */
export function createEndpoints(deps: EndpointsDeps): Endpoint[] {
  return [
    singleSend(deps),
    sendStatus(deps),
    sends(deps),
    sendTimeline(deps),
    sendWaiting(deps),
    marketingSingleSend(deps),
    legacySingleSend(deps),
    ...emailEndpoints(deps),
    ...suppressionEndpoints(deps),
    ...domainEndpoints(deps),
    ...ipEndpoints(deps),
    ...warmupEndpoints(deps),
    ...siteEndpoints(deps),
    ...poolEndpoints(deps),
    ...smtpTokenEndpoints(deps),
    ...legacySmtpTokenEndpoints(deps),
    smtpTokenStatistics(deps),
    ...accountEndpoints(deps),
    ...accountInfoEndpoints(deps),
  ];
}
