import express, { type Response, type Router } from 'express';
import { refuse, withMail } from './found-mail.ts';
import type { MailStore } from './mail-store.ts';
import { toHeaders, toMessage } from './mailpit-json.ts';
import type { MailReader } from './parsed-mail.ts';
import { partAnswer } from './part-answer.ts';

/** Mailpit's endpoints about one message, under `/api/v1/message`. `latest` stands for the newest message. */
export function messageRoutes({ store, readMail }: { store: MailStore; readMail: MailReader }): Router {
  const routes = express.Router();

  routes.get(
    '/:id',
    withMail(store, refuseMissing, async (mail, raw, _req, res) => {
      await store.setRead([mail.id], true);
      res.json(toMessage(mail, raw, await readMail(mail, raw)));
    }),
  );

  routes.get(
    '/:id/headers',
    withMail(store, refuseMissing, (_mail, raw, _req, res) => void res.json(toHeaders(raw))),
  );

  routes.get(
    '/:id/raw',
    withMail(store, refuseMissing, (mail, raw, req, res) => {
      if (req.query['dl'] === '1') res.attachment(`${mail.id}.eml`);
      res.set('Content-Type', 'text/plain; charset=utf-8').send(raw);
    }),
  );

  routes.get(
    '/:id/part/:partId',
    withMail<{ id: string; partId: string }>(store, refuseMissing, async (mail, raw, req, res) => {
      const { parts } = await readMail(mail, raw);
      const part = parts.find(({ partId }) => partId === req.params.partId);
      if (part) partAnswer(res, part);
      else refuse(res, 404, 'Part not found');
    }),
  );

  return routes;
}

function refuseMissing(res: Response): void {
  refuse(res, 404, 'Message not found');
}
