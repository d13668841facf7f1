import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { countParameter, refuse, searchAll, textParameter } from './found-mail.ts';
import type { MailStore } from './mail-store.ts';
import { toSummary } from './mailpit-json.ts';
import type { StoredMail } from './stored-mail.ts';

/** Messages in a list unless the caller says otherwise, as in Mailpit. */
const limitDefault = 50;

/** Messages read at once for a list, so that a request for all of a large mailbox leaves room for others. */
const batchSize = 64;

const Deletion = z.object({ IDs: z.array(z.string()).default([]) });

const ReadStatus = z.object({
  IDs: z.array(z.string()).default([]),
  Read: z.boolean().default(false),
  Search: z.string().default(''),
});

/** Mailpit's `/api/v1/messages`: list, delete, mark as read. */
export function messagesRoutes({ store }: { store: MailStore }): Router {
  const routes = express.Router();
  const body = express.json({ type: () => true, limit: '16mb' });

  routes.get('/', async (req, res) => void res.json(await listOf(store, req, null)));

  routes.delete('/', body, async (req, res) => {
    const parsed = Deletion.safeParse(req.body ?? {});
    if (!parsed.success) return refuse(res, 400, 'IDs must be an array of strings');
    const { IDs } = parsed.data;
    await (IDs.length > 0 ? store.remove(IDs) : store.clear());
    res.type('text').send('ok');
  });

  routes.put('/', body, async (req, res) => {
    const parsed = ReadStatus.safeParse(req.body ?? {});
    if (!parsed.success)
      return refuse(res, 400, 'Read must be a boolean, IDs an array of strings, Search a string');
    const { IDs, Read, Search } = parsed.data;
    if (IDs.length > 0 && Search) return refuse(res, 400, 'Give either IDs or Search, not both');
    await store.setRead(IDs.length > 0 ? IDs : idsOf(await searchAll(store, Search)), Read);
    res.type('text').send('ok');
  });

  return routes;
}

/** Mailpit's `/api/v1/search`: list and delete what matches `?query=`. */
export function searchRoutes({ store }: { store: MailStore }): Router {
  const routes = express.Router();

  routes.use((req, res, next) => {
    if (textParameter(req.query['query'])) next();
    else refuse(res, 400, 'No search query: use ?query=');
  });

  routes.get('/', async (req, res) => {
    const matching = await searchAll(store, textParameter(req.query['query']));
    res.json(await listOf(store, req, matching));
  });

  routes.delete('/', async (req, res) => {
    await store.remove(idsOf(await searchAll(store, textParameter(req.query['query']))));
    res.type('text').send('ok');
  });

  return routes;
}

/** One page of all messages, or of those `matching`, with the counts Mailpit gives. */
async function listOf(store: MailStore, req: Request, matching: readonly StoredMail[] | null) {
  const start = countParameter(req.query['start'], 0);
  const limit = countParameter(req.query['limit'], limitDefault);
  const { total, unread } = store;
  const shown = matching?.slice(start, start + limit) ?? [...store.newestFirst(start, limit)];
  return {
    total,
    unread,
    count: shown.length,
    messages_count: matching?.length ?? total,
    messages_unread: matching?.filter((mail) => !mail.isRead).length ?? unread,
    start,
    tags: [],
    messages: await summariesOf(store, shown),
  };
}

async function summariesOf(store: MailStore, mails: readonly StoredMail[]) {
  const summaries = [];
  for (let at = 0; at < mails.length; at += batchSize) {
    const batch = mails.slice(at, at + batchSize);
    summaries.push(
      ...(await Promise.all(batch.map(async (mail) => toSummary(mail, await store.peek(mail))))),
    );
  }
  return summaries;
}

function idsOf(mails: readonly StoredMail[]): string[] {
  return mails.map(({ id }) => id);
}
