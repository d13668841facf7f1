import type { Request, Response } from 'express';
import { parseMailQuery, searchMail } from './mail-query.ts';
import type { MailStore } from './mail-store.ts';
import { problemPage } from './pages/layout.ts';
import type { StoredMail } from './stored-mail.ts';

/** Answers with an error of Mailpit's kind, as JSON. */
export function refuse(res: Response, status: number, message: string): void {
  res.status(status).json({ Error: message });
}

/** Answers 404 with a page. */
export function refuseWithPage(res: Response): void {
  res.status(404).send(problemPage('Message not found', 'It was deleted, or it never was here.'));
}

type MailHandler<P> = (mail: StoredMail, raw: Buffer, req: Request<P>, res: Response) => Promise<void> | void;

/**
 * Makes a route about one message: finds it by `:id`, reads its bytes, or refuses with 404.
 *
 * `latest` is the newest message, or the newest that matches `?query=`.
 */
export function withMail<P extends { id: string }>(
  store: MailStore,
  refuseMissing: (res: Response) => void,
  handle: MailHandler<P>,
): (req: Request<P>, res: Response) => Promise<void> {
  return async (req, res) => {
    const mail = await find(store, req.params.id, textParameter(req.query['query']));
    const raw = mail && (await store.raw(mail));
    if (!raw) return refuseMissing(res);
    await handle(mail, raw, req, res);
  };
}

/** All messages that match a search, newest first. */
export async function searchAll(store: MailStore, query: string): Promise<StoredMail[]> {
  return Array.fromAsync(searchMail(store, parseMailQuery(query)));
}

/** A parameter of a query or a form as text; empty when it is missing or given more than once. */
export function textParameter(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** A query parameter as a count below a milliard; anything else counts as not given. */
export function countParameter(value: unknown, otherwise: number): number {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : otherwise;
}

async function find(store: MailStore, id: string, query: string): Promise<StoredMail | null> {
  if (id !== 'latest' || !query) return store.find(id);
  for await (const mail of searchMail(store, parseMailQuery(query))) return mail;
  return null;
}
