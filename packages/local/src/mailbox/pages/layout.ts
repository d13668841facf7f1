import { type Html, html, trusted } from './html.ts';

/** The post horn: mouthpiece, one coil, bell. */
const horn = trusted(
  '<svg class="horn" viewBox="0 0 48 32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.8" ' +
    'stroke-linecap="round" stroke-linejoin="round"><path d="M3 6v7M3 9.5h31"/><circle cx="20" cy="19" r="9.5"/>' +
    '<path fill="currentColor" d="M33 9.5c5 0 8-2 11-6.5v13c-3-4.5-6-6.5-11-6.5z"/></svg>',
);

/** A whole page of the mailbox around `body`. */
export function page({ title, body, search = '' }: { title: string; body: Html; search?: string }): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="/assets/horn.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/mailbox.css">
<script type="module" src="/assets/live.js"></script>
</head>
<body>
<header class="top">
<a class="brand" href="/">${horn}<span>Posthorn</span><span class="brand-part">mailbox</span></a>
<form class="search" action="/" role="search"><input type="search" name="q" value="${search}" placeholder="Search: to:ann subject:&quot;your receipt&quot; welcome" aria-label="Search messages" maxlength="1000"></form>
</header>
<main>${body}</main>
</body>
</html>`.markup;
}

/** A page that says what went wrong, and leads back. */
export function problemPage(title: string, text: string): string {
  return page({
    title: `${title} · Posthorn mailbox`,
    body: html`<section class="empty"><h1>${title}</h1><p>${text}</p><p><a class="button" href="/">Back to the mailbox</a></p></section>`,
  });
}

/** A moment, in UTC without script and in the reader's own time with it. */
export function time(atMs: number): Html {
  const iso = new Date(atMs).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

/** A size for people: `842 B`, `3.1 kB`, `12.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
