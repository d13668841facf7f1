import { z } from 'zod';

const zoneName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;

/** The variables of every service that checks sending addresses; the same for all of them. */
export const ipEnv = {
  /**
   * DNS blocklists that no sending address may be on, with commas between. None unless given: each has terms of its own,
   * and some refuse public resolvers (`DNS_SERVERS`) or want a key in the name.
   */
  DNSBL_ZONES: z
    .string()
    .default('')
    .transform((text) =>
      text.split(',').flatMap((zone) => zone.trim().toLowerCase().replace(/\.$/, '') || []),
    )
    .refine(
      (zones) => zones.every((zone) => zoneName.test(zone)),
      'must be names of DNS zones with commas between',
    ),
};
