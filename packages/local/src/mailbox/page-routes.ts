import express, { type Response, type Router } from 'express';
import { type ApiDeps, countParameter } from './api-routes.ts';
import { frameDocument } from './frame-document.ts';
import { type HeaderField, headerFields } from './header-scan.ts';
import { messagePolicy } from './http-security.ts';
import { parseMailQuery, searchMail } from './mail-query.ts';
import { problemPage } from './pages/layout.ts';
import { listPage } from './pages/list-page.ts';
import { type DkimSignature, type MessageTab, messagePage, messageTabs } from './pages/message-page.ts';
import type { StoredMail } from './stored-mail.ts';

const rowsPerPage = 50;

/** What of a source is put into a page; the rest is in the download. */
const sourceLengthMax = 1_000_000;

export type PageDeps = ApiDeps & { smtpUrl: () => string };

/** The pages for people: the list, one message, and the frame with its HTML. */
export function pageRoutes({ store, readMail, smtpUrl }: PageDeps): Router {
  const pages = express.Router();

  pages.get('/', async (req, res) => {
    const query = text(req.query['q']);
    const start = countParameter(req.query['start'], 0);
    const { total, unread } = store.counts();
    const found = query ? await Array.fromAsync(searchMail(store, parseMailQuery(query))) : null;
    const shown = found?.slice(start, start + rowsPerPage) ?? [...store.newestFirst(start, rowsPerPage)];
    const rows = await Promise.all(shown.map(async (mail) => ({ mail, peek: await store.peek(mail) })));
    const matching = found?.length ?? total;
    res.send(
      listPage({ rows, query, matching, total, unread, start, limit: rowsPerPage, smtpUrl: smtpUrl() }),
    );
  });

  pages.post('/delete', express.urlencoded({ extended: false, limit: '16kb' }), async (req, res) => {
    const id = text(req.body?.['id']);
    const query = text(req.body?.['q']);
    if (id) await store.remove([id]);
    else if (query)
      await store.remove(
        (await Array.fromAsync(searchMail(store, parseMailQuery(query)))).map((mail) => mail.id),
      );
    else await store.clear();
    res.redirect(303, '/');
  });

  pages.get('/view/:id.html', async (req, res) => {
    const mail = store.find(req.params.id);
    if (!mail) return notFound(res);
    res.set('Content-Security-Policy', messagePolicy).send(frameDocument(await readMail(mail)));
  });

  pages.get('/view/:id.txt', async (req, res) => {
    const mail = store.find(req.params.id);
    if (!mail) return notFound(res);
    res.type('text/plain').send((await readMail(mail)).text);
  });

  pages.get('/view/:id', async (req, res) => {
    const mail = store.find(req.params.id);
    if (!mail) return notFound(res);
    await store.setRead([mail.id], true);
    res.send(await messageView(mail, tabOf(req.query['tab'])));
  });

  async function messageView(mail: StoredMail, asked: MessageTab | null): Promise<string> {
    const raw = await store.raw(mail);
    // What the parser cannot take apart is still shown as it came.
    const content = await readMail(mail).catch(() => null);
    const tab = asked ?? (content?.html ? 'html' : content?.text ? 'text' : 'raw');
    const source = tab === 'raw' ? raw.toString('utf8', 0, sourceLengthMax) : '';
    const fields = [...headerFields(raw)];
    return messagePage({ mail, content, fields, signatures: signaturesOf(fields), source, tab });
  }

  return pages;
}

function notFound(res: Response): void {
  res.status(404).send(problemPage('Message not found', 'It was deleted, or it never was here.'));
}

function tabOf(value: unknown): MessageTab | null {
  return messageTabs.find((tab) => tab === value) ?? null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** The DKIM-Signature fields of a message, by their tags (RFC 6376, section 3.5). */
function signaturesOf(fields: readonly HeaderField[]): DkimSignature[] {
  return fields
    .filter(({ name }) => name.toLowerCase() === 'dkim-signature')
    .map(({ value }) => {
      const tag = (name: string) =>
        new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*([^;\\s]*)`).exec(value)?.[1] ?? '';
      return { domain: tag('d'), selector: tag('s'), algorithm: tag('a') };
    });
}
