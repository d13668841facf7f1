import { z } from 'zod';

/** How every connection is treated from now on; the part of `SinkServerBehaviour` that fault runs ask for. */
const Behaviour = z.object({
  connect: z.enum(['ok', '421', 'silent', 'drop', 'garbage']).optional(),
  silentAt: z.enum(['MAIL', 'RCPT', 'DATA']).optional(),
  dotDelayMs: z.int().optional(),
});

/** What the runner asks the receiver's process; answers come back under the same id. */
export const SinkQuestion = z.discriminatedUnion('kind', [
  z.object({ id: z.int(), kind: z.literal('count') }),
  z.object({ id: z.int(), kind: z.literal('corrupt') }),
  z.object({ id: z.int(), kind: z.literal('open-connections') }),
  z.object({ id: z.int(), kind: z.literal('drop-connections') }),
  z.object({ id: z.int(), kind: z.literal('behave'), behaviour: Behaviour }),
]);
export type SinkQuestion = z.infer<typeof SinkQuestion>;
