/** The parts of a delivery id, as `deliveryIdOf` of contracts makes it, or null when it is none. */
export function parseDeliveryId(deliveryId: string): { statusId: string; index: number } | null {
  const match = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}):(0|[1-9]\d{0,4})$/.exec(deliveryId);
  const [, statusId, index] = match ?? [];
  return statusId === undefined ? null : { statusId, index: Number(index) };
}
