import { dkimSignatures } from '../dkim-signatures.ts';
import type { HeaderField, Mailbox } from '../header-scan.ts';
import type { ParsedContent } from '../parsed-mail.ts';
import { bccOf, fromOf, mailboxesOf, type StoredMail, subjectOf } from '../stored-mail.ts';
import { type Html, html } from './html.ts';
import { page, size, time } from './layout.ts';

/** The ways to look at a message, in the order of their tabs. */
export const messageTabs = ['html', 'text', 'raw', 'headers', 'attachments'] as const;

export type MessageTab = (typeof messageTabs)[number];

export type MessagePageModel = {
  mail: StoredMail;
  /** Null when the message could not be parsed; then only its source can be shown. */
  content: ParsedContent | null;
  fields: readonly HeaderField[];
  /** The source as text, or its beginning; only given for the tab that shows it. */
  source: string;
  isSourceCut: boolean;
  tab: MessageTab;
};

/** One message: who, what, whether it is signed, and its content in tabs. */
export function messagePage(model: MessagePageModel): string {
  const subject = subjectOf(model.mail) || '(no subject)';
  return page({
    title: `${subject} · Posthorn mailbox`,
    body: html`<article class="message">
<nav class="crumbs"><a href="/">← All messages</a><form method="post" action="/delete"><input type="hidden" name="id" value="${model.mail.id}"><button class="button quiet">Delete</button></form></nav>
<h1>${subject}</h1>
${envelope(model)}
${authentication(model)}
${tabs(model)}
<section class="panel panel-${model.tab}">${panel(model)}</section>
</article>`,
  });
}

function envelope({ mail, content }: MessagePageModel): Html {
  const line = (label: string, mailboxes: readonly Mailbox[]) =>
    mailboxes.length > 0 ? html`<dt>${label}</dt><dd>${mailboxes.map(mailboxLine)}</dd>` : null;
  return html`<dl class="envelope">
${line('From', [fromOf(mail)])}${line('To', mailboxesOf(mail, 'to'))}${line('Cc', mailboxesOf(mail, 'cc'))}${line('Bcc', bccOf(mail))}${line('Reply to', mailboxesOf(mail, 'reply-to'))}
<dt>Return path</dt><dd><code>${mail.mailFrom || '<>'}</code></dd>
<dt>Received</dt><dd>${time(mail.receivedAtMs)}${writtenAt(mail, content)} <span class="faint">${size(mail.place.sizeBytes)}</span></dd>
</dl>`;
}

/** The date its author gave it, where that is not the moment it came. */
function writtenAt({ receivedAtMs }: StoredMail, content: ParsedContent | null): Html | null {
  const dateMs = content?.date?.getTime();
  if (dateMs === undefined || Math.abs(dateMs - receivedAtMs) < 60_000) return null;
  return html` <span class="faint">dated</span> ${time(dateMs)}`;
}

function mailboxLine({ Name, Address }: Mailbox): Html {
  return html`<span class="mailbox">${Name ? html`<b>${Name}</b> ` : null}<code>${Address}</code></span>`;
}

function authentication({ fields }: MessagePageModel): Html {
  const signatures = dkimSignatures(fields);
  if (signatures.length === 0)
    return html`<p class="auth"><span class="badge off">No DKIM signature</span></p>`;
  return html`<p class="auth">${signatures.map(
    ({ domain, selector, algorithm }) =>
      html`<span class="badge">DKIM signature present</span><span class="pair"><span>d=</span><code>${domain}</code></span><span class="pair"><span>s=</span><code>${selector}</code></span><span class="pair"><span>a=</span><code>${algorithm}</code></span>`,
  )}</p>`;
}

function tabs({ mail, tab, content }: MessagePageModel): Html {
  const label = { html: 'HTML', text: 'Text', raw: 'Raw', headers: 'Headers', attachments: 'Attachments' };
  const count = content?.parts.length ?? 0;
  const has = {
    html: !!content?.html,
    text: !!content?.text,
    raw: true,
    headers: true,
    attachments: count > 0,
  };
  return html`<nav class="tabs" aria-label="Views">${messageTabs.map(
    (name) =>
      html`<a href="/view/${mail.id}?tab=${name}"${name === tab ? html` aria-current="page"` : null}${has[name] ? null : html` class="none"`}>${label[name]}${name === 'attachments' && count > 0 ? html`<span class="tally">${count}</span>` : null}</a>`,
  )}</nav>`;
}

function panel(model: MessagePageModel): Html {
  switch (model.tab) {
    case 'html':
      return htmlPanel(model);
    case 'text':
      return model.content?.text
        ? html`<pre class="prose">${model.content.text}</pre>`
        : nothing('This message has no text.');
    case 'raw':
      return html`<p class="tools"><a class="button quiet" href="/api/v1/message/${model.mail.id}/raw?dl=1">Download .eml</a>${model.isSourceCut ? html` <span class="faint">This is only its beginning.</span>` : null}</p><pre>${model.source}</pre>`;
    case 'headers':
      return html`<div class="scroll"><table class="headers">${model.fields.map(({ name, value }) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table></div>`;
    case 'attachments':
      return attachments(model);
  }
}

function htmlPanel({ mail, content }: MessagePageModel): Html {
  if (!content) return nothing('This message could not be taken apart. Its source is under Raw.');
  if (!content.html) return nothing('This message has no HTML.');
  // No scripts, no forms, an origin of its own; only links may leave the frame, into a tab of their own.
  return html`<iframe title="The message's HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" src="/view/${mail.id}.html"></iframe>`;
}

function attachments({ mail, content }: MessagePageModel): Html {
  if (!content || content.parts.length === 0) return nothing('Nothing is attached to this message.');
  return html`<ul class="parts">${content.parts.map(
    (part) =>
      html`<li><a href="/api/v1/message/${mail.id}/part/${encodeURIComponent(part.partId)}" download>${part.filename || part.contentId || 'unnamed'}</a><span class="faint">${part.contentType}${part.isInline ? ', inline' : ''}, ${size(part.content.length)}</span></li>`,
  )}</ul>`;
}

function nothing(text: string): Html {
  return html`<p class="nothing">${text}</p>`;
}
