import { type Html, html, trusted } from './html.ts';

/** The post horn, drawn with one coil, a mouthpiece and a bell. */
const horn = trusted(
  '<svg class="horn" viewBox="0 0 48 32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">' +
    '<path d="M3 11v5M3 13.5h25.5a7.5 7.5 0 1 1-7.5 7.5c0-5.5 5.5-9 12-10.500L43 8"/>' +
    '<path d="M43 3c2.500 3.200 2.500 6.800 0 10"/></svg>',
);

/** A whole page of the mailbox around `body`. */
export function page({
  title,
  body,
  search = '',
  isLive = false,
}: {
  title: string;
  body: Html;
  search?: string;
  isLive?: boolean;
}): string {
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
${isLive ? html`<script type="module" src="/assets/live.js"></script>` : null}
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
