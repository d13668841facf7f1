import { z } from 'zod';

/** The variables of every service that posts to a lane or consumes one; those of lanes are the same for all of them. */
export const queueEnv = {
  /** `redis://` or `rediss://`; several with commas between are a cluster's nodes. */
  REDIS_URL: z.string().min(1),
  /** Believes that Redis is set up durably where it forbids CONFIG GET. */
  REDIS_TRUST_SETTINGS: z.stringbool().default(false),
  /** Shards of a lane; see `ConsumeOptions.shards` before changing it. */
  LANE_SHARDS: z.coerce.number().int().min(1).max(64).default(1),
  /** Encrypts mailbags in Redis. */
  SEAL_KEY: z.string().min(16).optional(),
  /** Replicas that must hold a bag before it counts as posted. */
  ACCEPT_REPLICAS: z.coerce.number().int().min(0).max(10).default(0),
};

export type QueueSettings = Readonly<{
  redis: Readonly<{ url: string; trustSettings: boolean }>;
  lane: Readonly<{ shards: number; sealKey?: string; acceptReplicas: number }>;
}>;

/** Groups what `queueEnv` read. */
export function queueSettingsOf(env: z.infer<z.ZodObject<typeof queueEnv>>): QueueSettings {
  return {
    redis: { url: env.REDIS_URL, trustSettings: env.REDIS_TRUST_SETTINGS },
    lane: {
      shards: env.LANE_SHARDS,
      ...(env.SEAL_KEY !== undefined && { sealKey: env.SEAL_KEY }),
      acceptReplicas: env.ACCEPT_REPLICAS,
    },
  };
}
