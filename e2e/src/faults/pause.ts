/** Lets that much time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((go) => setTimeout(go, ms));
}
