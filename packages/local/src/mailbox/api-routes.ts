import type { Clock } from '@posthorn/runtime';
import express, { type Router } from 'express';
import { refuse } from './found-mail.ts';
import type { MailStore } from './mail-store.ts';
import { messageRoutes } from './message-routes.ts';
import { messagesRoutes, searchRoutes } from './messages-routes.ts';
import type { MailReader } from './parsed-mail.ts';

export type ApiDeps = { store: MailStore; readMail: MailReader; clock: Clock };

/**
 * The part of Mailpit's HTTP API (v1, 2026) that people script, under `/api/v1`.
 *
 * Differences, on purpose: errors are JSON (`{"Error": "…"}`), and a body that is no JSON is refused with 400 where
 * Mailpit would delete everything. There are no tags, and no chaos, release or check endpoints.
 */
export function apiRoutes(deps: ApiDeps): Router {
  const api = express.Router();
  const startedAtMs = deps.clock.monotonicMs();

  api.get('/info', (_req, res) => void res.json(infoOf(deps.store, deps.clock.monotonicMs() - startedAtMs)));
  api.use('/messages', messagesRoutes(deps));
  api.use('/search', searchRoutes(deps));
  api.use('/message', messageRoutes(deps));
  api.use((_req, res) => refuse(res, 404, 'No such endpoint'));
  return api;
}

function infoOf({ total, unread, activity }: MailStore, uptimeMs: number) {
  return {
    Version: 'posthorn',
    LatestVersion: 'disabled',
    Database: activity.where,
    DatabaseSize: activity.sizeBytes,
    Messages: total,
    Unread: unread,
    Tags: {},
    RuntimeStats: {
      Uptime: Math.floor(uptimeMs / 1_000),
      Memory: process.memoryUsage.rss(),
      MessagesDeleted: activity.deleted,
      SMTPAccepted: activity.added,
      SMTPAcceptedSize: activity.addedBytes,
      SMTPRejected: 0,
      SMTPIgnored: 0,
    },
  };
}
