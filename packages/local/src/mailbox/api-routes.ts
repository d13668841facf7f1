import type { Clock } from '@posthorn/runtime';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { parseMailQuery, searchMail } from './mail-query.ts';
import type { MailStore } from './mail-store.ts';
import { toHeaders, toMessage, toSummary } from './mailpit-json.ts';
import type { createMailReader } from './parsed-mail.ts';
import { partAnswer } from './part-answer.ts';
import type { StoredMail } from './stored-mail.ts';

/** Messages in a list unless the caller says otherwise, as in Mailpit. */
const limitDefault = 50;

const Ids = z.object({ IDs: z.array(z.string()).default([]) });

const ReadStatus = Ids.extend({ Read: z.boolean().default(false), Search: z.string().default('') });

export type ApiDeps = { store: MailStore; readMail: ReturnType<typeof createMailReader>; clock: Clock };

/**
 * The part of Mailpit's HTTP API (v1, 2026) that people script, under `/api/v1`.
 *
 * Differences, on purpose: errors are JSON (`{"Error": "…"}`), and a body that is no JSON is refused with 400 where
 * Mailpit would delete everything. There are no tags, and no chaos, release or check endpoints.
 */
export function apiRoutes({ store, readMail, clock }: ApiDeps): Router {
  const api = express.Router();
  const body = express.json({ type: () => true, limit: '16mb' });
  const startedAtMs = clock.nowMs();

  api.get('/info', (_req, res) => void res.json(info(store, clock.nowMs() - startedAtMs)));
  api.get('/messages', async (req, res) => void res.json(await list(store, req, null)));
  api.get('/search', async (req, res) => {
    const query = searchOf(req);
    if (!query) return refuse(res, 400, 'No search query: use ?query=');
    res.json(await list(store, req, query));
  });
  api.delete('/search', async (req, res) => {
    const query = searchOf(req);
    if (!query) return refuse(res, 400, 'No search query: use ?query=');
    await store.remove((await found(store, query)).map(({ id }) => id));
    res.type('text').send('ok');
  });
  api.delete('/messages', body, async (req, res) => {
    const parsed = Ids.safeParse(req.body ?? {});
    if (!parsed.success) return refuse(res, 400, 'IDs must be an array of strings');
    await (parsed.data.IDs.length > 0 ? store.remove(parsed.data.IDs) : store.clear());
    res.type('text').send('ok');
  });
  api.put('/messages', body, async (req, res) => {
    const parsed = ReadStatus.safeParse(req.body ?? {});
    if (!parsed.success)
      return refuse(res, 400, 'Read must be a boolean, IDs an array of strings, Search a string');
    const { IDs, Read, Search } = parsed.data;
    if (IDs.length > 0 && Search) return refuse(res, 400, 'Give either IDs or Search, not both');
    await store.setRead(IDs.length > 0 ? IDs : (await found(store, Search)).map(({ id }) => id), Read);
    res.type('text').send('ok');
  });

  api.get('/message/:id', async (req, res) => {
    const mail = await find(store, req);
    if (!mail) return refuse(res, 404, 'Message not found');
    await store.setRead([mail.id], true);
    res.json(toMessage(mail, await store.raw(mail), await readMail(mail)));
  });
  api.get('/message/:id/headers', async (req, res) => {
    const mail = await find(store, req);
    if (!mail) return refuse(res, 404, 'Message not found');
    res.json(toHeaders(await store.raw(mail)));
  });
  api.get('/message/:id/raw', async (req, res) => {
    const mail = await find(store, req);
    if (!mail) return refuse(res, 404, 'Message not found');
    if (req.query['dl'] === '1') res.attachment(`${mail.id}.eml`);
    res.set('Content-Type', 'text/plain; charset=utf-8').send(await store.raw(mail));
  });
  api.get('/message/:id/part/:partId', async (req, res) => {
    const mail = await find(store, req);
    const part = mail && (await readMail(mail)).parts.find(({ partId }) => partId === req.params.partId);
    if (!part) return refuse(res, 404, 'Message or part not found');
    partAnswer(res, part);
  });

  api.use((_req, res) => refuse(res, 404, 'No such endpoint'));
  return api;
}

/** Answers with an error of Mailpit's JSON kind. */
export function refuse(res: Response, status: number, message: string): void {
  res.status(status).json({ Error: message });
}

/** A query parameter as an integer between 0 and what an array can hold; anything else counts as not given. */
export function countParameter(value: unknown, otherwise: number): number {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : otherwise;
}

async function list(store: MailStore, req: Request, query: string | null) {
  const start = countParameter(req.query['start'], 0);
  const limit = countParameter(req.query['limit'], limitDefault);
  const { total, unread } = store.counts();
  const matching = query === null ? null : await found(store, query);
  const shown = matching?.slice(start, start + limit) ?? store.newestFirst(start, limit);
  const messages = await summaries(store, [...shown]);
  return {
    total,
    unread,
    count: messages.length,
    messages_count: matching?.length ?? total,
    messages_unread: matching?.filter((mail) => !mail.isRead).length ?? unread,
    start,
    tags: [],
    messages,
  };
}

/** Summaries of `mails`, some at a time, so that a request for all of a large mailbox leaves room for others. */
async function summaries(store: MailStore, mails: readonly StoredMail[]) {
  const made = [];
  for (let at = 0; at < mails.length; at += 64) {
    const some = mails.slice(at, at + 64).map(async (mail) => toSummary(mail, await store.peek(mail)));
    made.push(...(await Promise.all(some)));
  }
  return made;
}

async function found(store: MailStore, query: string): Promise<StoredMail[]> {
  return Array.fromAsync(searchMail(store, parseMailQuery(query)));
}

/** The message a request names; `latest` may be narrowed by `?query=`. */
async function find(store: MailStore, req: Request<{ id: string }>): Promise<StoredMail | null> {
  const query = searchOf(req);
  if (req.params.id !== 'latest' || !query) return store.find(req.params.id);
  for await (const mail of searchMail(store, parseMailQuery(query))) return mail;
  return null;
}

function searchOf(req: Request<never> | Request): string {
  const query = req.query['query'];
  return typeof query === 'string' ? query.trim() : '';
}

function info(store: MailStore, uptimeMs: number) {
  const { total, unread, addedSinceStart, addedBytesSinceStart, deletedSinceStart } = store.counts();
  return {
    Version: 'posthorn',
    LatestVersion: 'disabled',
    Database: store.log.where,
    DatabaseSize: store.log.sizeBytes(),
    Messages: total,
    Unread: unread,
    Tags: {},
    RuntimeStats: {
      Uptime: Math.floor(uptimeMs / 1_000),
      Memory: process.memoryUsage.rss(),
      MessagesDeleted: deletedSinceStart,
      SMTPAccepted: addedSinceStart,
      SMTPAcceptedSize: addedBytesSinceStart,
      SMTPRejected: 0,
      SMTPIgnored: 0,
    },
  };
}
