import type { DispatchItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import type { WaitReason } from '@posthorn/shaping';
import type { DeliveryTry } from './delivery-plan.ts';
import type { Outcome } from './outcome.ts';
import type { Route } from './router.ts';
import type { SendOptions, Untried } from './smtp-pool.ts';

/** What is to be sent, and where. */
export type PermitRequest = Readonly<{
  taken: Taken<DispatchItem>;
  route: Route;
  /** Deliveries of one transaction. */
  tries: readonly DeliveryTry[];
}>;

/** Not now; the reason names the rule, for whoever asks why mail is slow. */
export type Wait = Readonly<{
  kind: 'wait';
  delayMs: number;
  /** Source address that it waits for, where one was chosen. */
  ip?: string | undefined;
}> &
  WaitReason;

/** Leave to send now, and how. One of the two functions is called at the end. */
export type Go = Readonly<{ kind: 'go' }> &
  Pick<SendOptions, 'source' | 'connectionsMax' | 'messagesMax' | 'connect' | 'waitersMax' | 'confirm'> &
  Readonly<{
    /** What the recipients' outcomes were. `isSpoken` false: there was no session. */
    sent: (outcomes: Iterable<Outcome>, isSpoken: boolean) => void;
    /** Nothing was tried. `again`: another source may do. */
    untried: (why: Untried) => Wait | 'again';
  }>;

export type Permit = Go | Wait;

/** Decides from which address and how fast a site gets its mail. Rejects only with an `unavailable` Fault. */
export type Shaping = { permit(request: PermitRequest): Promise<Permit> };

/** Lets everything go at once, over a limited number of connections. */
export function createOpenShaping({ connectionsMax }: { connectionsMax: number }): Shaping {
  const go: Go = {
    kind: 'go',
    connectionsMax,
    sent: () => undefined,
    untried: () => {
      throw new TypeError('nothing here can be put off');
    },
  };
  return { permit: async () => go };
}
