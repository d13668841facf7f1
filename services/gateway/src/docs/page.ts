import { type Html, html, inline, prose } from './html.ts';
import type { OpenApi, Operation, Parameter } from './openapi.ts';
import { type Schemas, schemaView } from './schema-view.ts';

type Entry = Readonly<{ path: string; method: string; operation: Operation; twins: string[] }>;

/** The API's description as one page to read: made here, with nothing loaded from elsewhere and no script. */
export function docsPage(api: OpenApi): string {
  const entries = entriesOf(api);
  const { schemas } = api.components;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${api.info.title} API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<nav aria-label="Contents">
<a class="brand" href="#top">${api.info.title} <span>API</span></a>
<a href="#start">Start here</a>
${api.tags.map(({ name }) => html`<h2>${name}</h2>${links(entries, name)}`)}
<h2>More</h2><a href="#errors">Errors</a><a href="#limits">Limits</a><a href="/openapi.json">openapi.json</a>
</nav>
<main id="top">
<h1>${api.info.title} API</h1>
${prose(api.info.description)}
${start}
${api.tags.map(({ name, description }) => html`<section><h2>${name}</h2><p class="lead">${description}</p>${articles(entries, name, schemas)}</section>`)}
${errors(schemas)}
${limits}
</main>
</body>
</html>`;
  return page.html;
}

/** Each operation once, under its first path; its twins are named there. */
function entriesOf({ paths }: OpenApi): Entry[] {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  return all
    .filter(({ operation }) => operation['x-twin-of'] === undefined)
    .map((entry) => {
      const isTwin = (other: Operation) => other['x-twin-of'] === entry.operation.operationId;
      return { ...entry, twins: all.filter(({ operation }) => isTwin(operation)).map(({ path }) => path) };
    });
}

function ofTag(entries: readonly Entry[], tag: string): Entry[] {
  return entries.filter(({ operation }) => operation.tags.includes(tag));
}

function links(entries: readonly Entry[], tag: string): Html {
  return html`${ofTag(entries, tag).map(
    ({ operation }) => html`<a href="#${operation.operationId}">${operation.summary}</a>`,
  )}`;
}

function articles(entries: readonly Entry[], tag: string, schemas: Schemas): Html {
  return html`${ofTag(entries, tag).map((entry) => article(entry, schemas))}`;
}

function article({ path, method, operation, twins }: Entry, schemas: Schemas): Html {
  const { operationId, summary, description = '', parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content['application/json']?.schema;
  return html`<article id="${operationId}">
<h3>${summary}</h3>
<p class="path"><b class="method ${method}">${method.toUpperCase()}</b> <code>${path}</code></p>
${twins.length > 0 && html`<details><summary>Also at ${twins.length} other ${twins.length === 1 ? 'path' : 'paths'}</summary><ul>${twins.map((twin) => html`<li><code>${twin}</code></li>`)}</ul></details>`}
${prose(description)}
${parameters.length > 0 && html`<h4>Parameters</h4><dl class="fields">${parameters.map(parameterRow)}</dl>`}
${body && html`<h4>Body</h4>${schemaView(body, schemas)}`}
<h4>Answers</h4>${Object.entries(responses).map(([status, response]) => answer(status, response, schemas))}
</article>`;
}

function parameterRow({ name, in: place, required, description = '', schema }: Parameter): Html {
  const values = schema.enum?.map(String).join(', ') ?? '';
  return html`<dt><code>${name}</code> <span class="type">${place}</span> ${required && html`<span class="required">required</span>`}</dt>
<dd>${inline(description || values)}</dd>`;
}

function answer(status: string, response: Operation['responses'][string], schemas: Schemas): Html {
  const isGood = status.startsWith('2');
  const schema = response.content?.['application/json']?.schema;
  const head = html`<b class="status ${isGood ? 'good' : 'bad'}">${status}</b> ${inline(response.description)}`;
  if (!isGood || !schema) return html`<p class="answer">${head}</p>`;
  return html`<details class="answer"><summary>${head}</summary>${schemaView(schema, schemas)}</details>`;
}

const start = html`<section id="start"><h2>Start here</h2>
<p>Every call carries an API key. Make one with <code>npm run posthorn -- keys create --account ID --name me</code>.</p>
<p>Write an email and publish it, once:</p>
<pre><code>curl "$POSTHORN_URL/marketing/v3/emails" \\
  -H "Authorization: Bearer $POSTHORN_KEY" -H "Content-Type: application/json" \\
  -d '{
    "name": "Receipt",
    "subject": "Your receipt, {{ contact.firstname }}",
    "from": { "fromName": "Shop", "replyTo": "orders@example.com" },
    "content": { "html": "&lt;p&gt;See &lt;a href=\\"{{ custom.purchaseUrl }}\\"&gt;your order&lt;/a&gt;.&lt;/p&gt;" }
  }'
curl -X POST "$POSTHORN_URL/marketing/v3/emails/$EMAIL_ID/publish" \\
  -H "Authorization: Bearer $POSTHORN_KEY"</code></pre>
<p>Then send it, as often as you like:</p>
<pre><code>curl "$POSTHORN_URL/marketing/v3/transactional/single-email/send" \\
  -H "Authorization: Bearer $POSTHORN_KEY" -H "Content-Type: application/json" \\
  -d '{
    "emailId": 4126643121,
    "message": { "to": "jdoe@example.com", "sendId": "order-6" },
    "contactProperties": { "firstname": "Jane" },
    "customProperties": { "purchaseUrl": "https://example.com/o/6" }
  }'</code></pre>
<p>The answer has a <code>statusId</code> once the send is on disk. Ask
<a href="#getSendStatus">its status</a> until it is <code>COMPLETE</code>, or see <a href="#getSend">everything that happened</a> to it.</p>
<p>With HubSpot’s own client, only the address changes: <code>new Client({ accessToken: key, basePath: url })</code>.</p></section>`;

function errors(schemas: Schemas): Html {
  return html`<section id="errors"><h2>Errors</h2>
<p class="lead">Every answer that is not a success has this body, in HubSpot’s shape.</p>
<article>${schemaView({ $ref: '#/components/schemas/Error' }, schemas)}</article></section>`;
}

const limits = html`<section id="limits"><h2>Limits</h2><ul>
<li>A body: 10 MB; with attachments 25 MB. An email’s HTML: 1,000,000 characters. The operator may set other sizes.</li>
<li>Calls: 190 in ten seconds for each key, as <code>X-HubSpot-RateLimit-*</code> tells. Sends, their status, publish and unpublish are exempt.</li>
<li>JSON: nesting of 32; no key twice; no <code>__proto__</code>, <code>constructor</code> or <code>prototype</code>; numbers that a double carries exactly.</li>
<li>Unknown fields are refused, and named in <code>errors</code>.</li></ul></section>`;
