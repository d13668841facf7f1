import type { SendRecord } from '@posthorn/store';

/** A recipient as our own record has it. */
export type KnownDelivery = Readonly<{ index: number; recipient: string }> &
  Partial<Pick<SendRecord['deliveries'][number], 'bounced' | 'delivered'>>;

/** Which delivery a report is about, by our record; `unnamed` where several are possible and it names none of them. */
export type FoundDelivery =
  | Readonly<{ kind: 'found'; delivery: KnownDelivery }>
  | Readonly<{ kind: 'unnamed'; delivery: KnownDelivery }>
  | Readonly<{ kind: 'not-recorded' }>;

/**
 * Finds the delivery that a signed index stands for (row B02). The addresses a report names never add a recipient: they
 * only choose among copies, which share one rendition and one return path; the To recipient has its own.
 */
export function deliveryOfReport(
  record: SendRecord,
  index: number | undefined,
  addresses: readonly string[],
): FoundDelivery {
  const possible = knownDeliveries(record).filter((delivery) => isPossible(delivery.index, index));
  const [first, ...others] = possible;
  if (!first) return { kind: 'not-recorded' };
  if (others.length === 0) return { kind: 'found', delivery: first };
  const named = possible.find(({ recipient }) => addresses.includes(recipient.toLowerCase()));
  return named ? { kind: 'found', delivery: named } : { kind: 'unnamed', delivery: first };
}

function isPossible(index: number, signed: number | undefined): boolean {
  if (signed === undefined) return true;
  return signed === 0 ? index === 0 : index > 0;
}

/** The To recipient is known from the moment the send was rendered, all from their first attempt. */
function knownDeliveries({ deliveries, sent }: SendRecord): readonly KnownDelivery[] {
  if (!sent || deliveries.some(({ index }) => index === 0)) return deliveries;
  return [{ index: 0, recipient: sent.recipient }, ...deliveries];
}
