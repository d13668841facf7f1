import type { ServerResponse } from 'node:http';

const page = Buffer.from(
  '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">' +
    '<title>Not found</title><p>This link is not valid. It may have been cut off when it was copied.</p></html>\n',
);

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-length': page.length,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
};

/** Answers 404 with the same page whatever was asked for: nothing of the request is in it. */
export function answerNotFound(res: ServerResponse): void {
  res.writeHead(404, headers).end(page);
}
