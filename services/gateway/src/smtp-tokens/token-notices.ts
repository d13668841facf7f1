import { type RedisCalls, runScript } from '../redis-calls.ts';

/** Tells every submission server that a token changed, so that none goes on with what it remembers of it. */
export type TokenNotices = Readonly<{
  /** Resolves when Redis has it. Throws `Fault('unavailable')` when that is not certain: repeat it then. */
  changed: (tokenId: string) => Promise<void>;
}>;

/** Both the counter that submission polls and the channel it listens on. The counter catches what a listener missed. */
const noticeKey = 'ph:smtp-tokens:changed';

const noticeScript = `
local count = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', KEYS[1], ARGV[1])
return { tostring(count) }`;

/** Tells through Redis. */
export function createTokenNotices(redis: RedisCalls): TokenNotices {
  return { changed: async (tokenId) => void (await runScript(redis, noticeScript, [noticeKey], [tokenId])) };
}
