import type { DispatchItem } from '@posthorn/contracts';

/** Leave to send now, or how long not to. */
export type Permit =
  | Readonly<{
      kind: 'go';
      /** Source address to send from; the system chooses without one. */
      ip?: string;
      /** Connections this process may hold to the site from that address. */
      connectionsMax: number;
    }>
  /** `reason` names the rule, for whoever asks why mail is slow. */
  | Readonly<{ kind: 'wait'; delayMs: number; reason: string }>;

/** Decides from which address and how fast a site gets its mail. */
export type Shaping = { permit(item: DispatchItem, site: string): Promise<Permit> };

/** Lets everything go at once, over a limited number of connections. */
export function createOpenShaping({ connectionsMax }: { connectionsMax: number }): Shaping {
  return { permit: async () => ({ kind: 'go', connectionsMax }) };
}
