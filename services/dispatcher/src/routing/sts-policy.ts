import { z } from 'zod';

/** A domain's MTA-STS policy (RFC 8461, section 3.2). */
export const StsPolicy = z.object({
  mode: z.enum(['enforce', 'testing', 'none']),
  /** Host names and `*.` patterns, lower case. */
  mx: z.array(z.string().regex(/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/)).max(100),
  maxAgeSeconds: z.int().min(0).max(31_557_600),
});
export type StsPolicy = z.infer<typeof StsPolicy>;

/**
 * The `id` of the one MTA-STS record among the TXT records of `_mta-sts.<domain>` (section 3.1); undefined without one,
 * or with several, which is as none.
 */
export function stsIdIn(records: readonly string[]): string | undefined {
  const ours = records.filter((record) => /^v=STSv1\s*;/.test(record));
  if (ours.length !== 1) return undefined;
  return /;\s*id\s*=\s*([A-Za-z0-9]{1,32})\s*(;|$)/.exec(ours[0] ?? '')?.[1];
}

/** Reads a policy file; undefined where it is not one. Unknown fields are passed over, as section 3.2 demands. */
export function parseStsPolicy(text: string): StsPolicy | undefined {
  const fields = text
    .split(/\r?\n/)
    .map((line) => /^\s*([\w-]+)\s*:\s*(.*?)\s*$/.exec(line))
    .flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : []));
  // Where a field other than mx is repeated, the first counts.
  const first = (name: string) => fields.find(([key]) => key === name)?.[1];
  if (first('version') !== 'STSv1') return undefined;
  const maxAge = first('max_age') ?? '';
  const parsed = StsPolicy.safeParse({
    mode: first('mode'),
    mx: fields.filter(([key]) => key === 'mx').map(([, value]) => value.toLowerCase()),
    maxAgeSeconds: /^\d{1,10}$/.test(maxAge) ? Number(maxAge) : undefined,
  });
  if (!parsed.success) return undefined;
  return parsed.data.mode !== 'none' && parsed.data.mx.length === 0 ? undefined : parsed.data;
}

/** Whether the policy names the host. `*.` stands for exactly one label (section 4.1). */
export function isHostInPolicy({ mx }: StsPolicy, host: string): boolean {
  const parent = host.slice(host.indexOf('.') + 1);
  return mx.some((pattern) =>
    pattern.startsWith('*.') ? host.includes('.') && parent === pattern.slice(2) : pattern === host,
  );
}
