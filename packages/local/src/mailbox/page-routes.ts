import express, { type Router } from 'express';
import type { ApiDeps } from './api-routes.ts';
import { countParameter, refuseWithPage, searchAll, textParameter, withMail } from './found-mail.ts';
import { frameDocument } from './frame-document.ts';
import { headerFields } from './header-scan.ts';
import { messagePolicy } from './http-security.ts';
import { listPage } from './pages/list-page.ts';
import { messagePage, messageTabs } from './pages/message-page.ts';

const rowsPerPage = 50;

/** Bytes of a source that are put into a page; the whole is in the download. */
const sourceBytesMax = 1_000_000;

export type PageDeps = ApiDeps & { smtpUrl: () => string };

/** The pages for people: the list with its search, and one message in its views. */
export function pageRoutes(deps: PageDeps): Router {
  const pages = express.Router();
  pages.use(listRoutes(deps));
  pages.use('/view', viewRoutes(deps));
  return pages;
}

function listRoutes({ store, smtpUrl }: PageDeps): Router {
  const routes = express.Router();

  routes.get('/', async (req, res) => {
    const query = textParameter(req.query['q']);
    const start = countParameter(req.query['start'], 0);
    const found = query ? await searchAll(store, query) : null;
    const shown = found?.slice(start, start + rowsPerPage) ?? [...store.newestFirst(start, rowsPerPage)];
    const rows = await Promise.all(shown.map(async (mail) => ({ mail, peek: await store.peek(mail) })));
    const { total, unread } = store;
    const matching = found?.length ?? total;
    res.send(
      listPage({ rows, query, matching, total, unread, start, limit: rowsPerPage, smtpUrl: smtpUrl() }),
    );
  });

  routes.post('/delete', express.urlencoded({ extended: false, limit: '16kb' }), async (req, res) => {
    const id = textParameter(req.body?.['id']);
    const query = textParameter(req.body?.['q']);
    if (id) await store.remove([id]);
    else if (query) await store.remove((await searchAll(store, query)).map((mail) => mail.id));
    else await store.clear();
    res.redirect(303, '/');
  });

  return routes;
}

function viewRoutes({ store, readMail }: PageDeps): Router {
  const routes = express.Router();

  routes.get(
    '/:id.html',
    withMail(store, refuseWithPage, async (mail, raw, _req, res) => {
      res.set('Content-Security-Policy', messagePolicy).send(frameDocument(await readMail(mail, raw)));
    }),
  );

  routes.get(
    '/:id.txt',
    withMail(store, refuseWithPage, async (mail, raw, _req, res) => {
      res.type('text/plain').send((await readMail(mail, raw)).text);
    }),
  );

  routes.get(
    '/:id',
    withMail(store, refuseWithPage, async (mail, raw, req, res) => {
      await store.setRead([mail.id], true);
      // What the parser cannot take apart is still shown as it came.
      const content = await readMail(mail, raw).catch(() => null);
      const asked = messageTabs.find((tab) => tab === req.query['tab']);
      const tab = asked ?? (content?.html ? 'html' : content?.text ? 'text' : 'raw');
      const source = tab === 'raw' ? raw.toString('utf8', 0, sourceBytesMax) : '';
      const isSourceCut = raw.length > sourceBytesMax;
      res.send(messagePage({ mail, content, fields: [...headerFields(raw)], source, isSourceCut, tab }));
    }),
  );

  return routes;
}
