import type { Mailbox } from '../header-scan.ts';
import { bccOf, fromOf, type MailPeek, mailboxesOf, type StoredMail, subjectOf } from '../stored-mail.ts';
import { type Html, html } from './html.ts';
import { page, size, time } from './layout.ts';

export type ListPageModel = {
  rows: readonly { mail: StoredMail; peek: MailPeek }[];
  /** The search as written; empty for all messages. */
  query: string;
  /** Messages that match, of `total` in the mailbox. */
  matching: number;
  total: number;
  unread: number;
  start: number;
  limit: number;
  smtpUrl: string;
};

/** The list of messages, newest first. */
export function listPage(model: ListPageModel): string {
  const { query, unread } = model;
  const title = `${unread > 0 ? `(${unread}) ` : ''}${query || 'All messages'} · Posthorn mailbox`;
  const content = model.rows.length > 0 ? messageList(model) : emptyNote(model);
  return page({
    title,
    search: query,
    body: html`<div id="live">${toolbar(model)}${content}</div>${footer(model)}`,
  });
}

function toolbar(model: ListPageModel): Html {
  const { query, matching, total, unread } = model;
  const count = query
    ? `${matching} of ${total} messages`
    : `${total} ${total === 1 ? 'message' : 'messages'}, ${unread} unread`;
  const what = query ? `the ${matching} messages found` : `all ${total} messages`;
  return html`<div class="toolbar"><p class="count" aria-live="polite">${count}</p>${pager(model)}${
    matching > 0
      ? html`<details class="danger"><summary class="button quiet">Delete${query ? ' found' : ' all'}</summary><form method="post" action="/delete"><input type="hidden" name="q" value="${query}"><button class="button">Yes, delete ${what}</button></form></details>`
      : null
  }</div>`;
}

function pager({ query, matching, start, limit }: ListPageModel): Html | null {
  if (matching <= limit && start === 0) return null;
  const link = (to: number, label: string, isThere: boolean) =>
    isThere
      ? html`<a class="button quiet" href="/?${new URLSearchParams({ ...(query && { q: query }), start: String(to) }).toString()}">${label}</a>`
      : html`<span class="button quiet off">${label}</span>`;
  const end = Math.min(start + limit, matching);
  return html`<nav class="pager" aria-label="Pages">${link(Math.max(0, start - limit), 'Newer', start > 0)}<span>${Math.min(start + 1, end)}–${end}</span>${link(start + limit, 'Older', end < matching)}</nav>`;
}

function messageList({ rows }: ListPageModel): Html {
  return html`<ol class="list">${rows.map(({ mail, peek }) => row(mail, peek))}</ol>`;
}

function row(mail: StoredMail, peek: MailPeek): Html {
  const clip =
    peek.attachments > 0
      ? html`<span class="clip" title="${peek.attachments} attached">${peek.attachments} attached</span>`
      : null;
  return html`<li class="row${mail.isRead ? '' : ' unread'}"><a href="/view/${mail.id}">
<span class="who"><span class="from">${shown(fromOf(mail))}</span><span class="to">to ${recipients(mail)}</span></span>
<span class="what"><span class="subject">${subjectOf(mail) || '(no subject)'}</span><span class="snippet">${peek.snippet}</span></span>
<span class="when">${time(mail.receivedAtMs)}<span class="size">${clip}${size(mail.place.sizeBytes)}</span></span>
</a></li>`;
}

function recipients(mail: StoredMail): string {
  const all = [...mailboxesOf(mail, 'to'), ...mailboxesOf(mail, 'cc'), ...bccOf(mail)];
  const [first] = all;
  if (!first) return 'nobody';
  return all.length > 1
    ? `${first.Address || first.Name} and ${all.length - 1} more`
    : first.Address || first.Name;
}

function shown({ Name, Address }: Mailbox): string {
  return Name || Address || 'unknown sender';
}

function footer({ smtpUrl }: ListPageModel): Html {
  return html`<footer class="foot"><span>Send to <code>${smtpUrl}</code></span><span>To try failures: <code>bounce@</code> any domain is refused for good (550 5.1.1), <code>defer@</code> for now (451 4.7.1)</span><span>For scripts: <a href="/api/v1/messages">Mailpit’s API</a></span></footer>`;
}

function emptyNote({ query, smtpUrl }: ListPageModel): Html {
  if (query)
    return html`<section class="empty"><h1>Nothing found</h1><p>No message matches <q>${query}</q>.</p>${searchHelp()}</section>`;
  return html`<section class="empty"><h1>No mail yet</h1>
<p>Everything sent to <code>${smtpUrl}</code> arrives here, whoever it is for. No mail goes any further.</p>
<p>This page shows new mail by itself.</p></section>`;
}

function searchHelp(): Html {
  return html`<dl class="notes"><dt><code>to:ann from:shop</code></dt><dd>names and addresses</dd><dt><code>subject:"your receipt"</code></dt><dd>words in a row</dd><dt><code>welcome -newsletter</code></dt><dd>anywhere in the message, and not</dd><dt><code>is:unread has:attachment</code></dt><dd>what state it is in</dd></dl>`;
}
