import type { EmailCounters, EmailRatios } from '@posthorn/contracts';
import type { Counts } from '@posthorn/store';

/** Counts as HubSpot shows them: what it calls `open` and `click` is what we call unique. */
export function emailCountersOf(counts: Counts): EmailCounters {
  const { sent = 0, dropped = 0, open = 0, uniqueOpen = 0, click = 0, uniqueClick = 0 } = counts;
  const { machineOpen = 0, machineClick = 0, delivered = 0, deferred = 0, bounce = 0 } = counts;
  const { hardbounced = 0, softbounced = 0, spamreport = 0, unsubscribed = 0 } = counts;
  return {
    ...{ selected: sent + dropped, sent, dropped },
    ...{ delivered, deferred, bounce, hardbounced, softbounced },
    ...{ open: uniqueOpen, openTotal: open, openMachine: machineOpen },
    ...{ click: uniqueClick, clickTotal: click, clickMachine: machineClick },
    ...{ spamreport, unsubscribed },
  };
}

/** HubSpot's shares of those counts (facts: HubSpot, section 6.3). */
export function emailRatiosOf(counters: EmailCounters): EmailRatios {
  const { selected, sent, dropped, delivered, open, click } = counters;
  return {
    deliveredratio: percent(delivered, sent),
    bounceratio: percent(counters.bounce, sent),
    hardbounceratio: percent(counters.hardbounced, sent),
    softbounceratio: percent(counters.softbounced, sent),
    notsentratio: percent(dropped, selected),
    openratio: percent(open, delivered),
    clickratio: percent(click, delivered),
    clickthroughratio: percent(click, open),
    spamreportratio: percent(counters.spamreport, delivered),
    unsubscribedratio: percent(counters.unsubscribed, delivered),
  };
}

/** What counts of a name were filed under `<name>/<reason>`, by reason. */
export function reasonsOf(counts: Counts, name: 'dropped' | 'bounce'): Record<string, number> {
  const prefix = `${name}/`;
  return Object.fromEntries(
    Object.entries(counts)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, count = 0]) => [key.slice(prefix.length), count]),
  );
}

/** With three decimals; of nothing it is nothing. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100_000) / 1_000;
}
