/** Why a run may do nothing to its Redis, if so: what `REDIS_URL` names was not started by it. */
export async function whyNotOurRedis(): Promise<string | undefined> {
  return process.env['REDIS_URL'] ? 'the Redis of REDIS_URL is not for this run to stop' : undefined;
}
