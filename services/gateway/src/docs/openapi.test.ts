import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Endpoint } from '../http/endpoint.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { mountDocs } from './mount-docs.ts';
import type { OpenApi } from './openapi.ts';

test('the description is valid OpenAPI 3.1', async () => {
  const api = await readApi();

  const result = await new Validator().validate(structuredClone(api));

  assert.deepEqual([result.valid, result.errors], [true, undefined]);
});

test('every reference in the description leads somewhere', async () => {
  const api = await readApi();

  const names = [...JSON.stringify(api).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name = '']) => name,
  );

  assert.ok(names.length > 50);
  assert.deepEqual(
    names.filter((name) => !Object.hasOwn(api.components.schemas, name)),
    [],
  );
});

test('every path that HubSpot’s clients call is described, with the scopes it needs', async () => {
  const { paths } = await readApi();

  const send = paths['/marketing/v3/transactional/single-email/send']?.['post'];
  assert.match(send?.description ?? '', /transactional-email/);
  for (const path of [
    '/marketing/transactional/2026-03/single-email/send',
    '/marketing/v4/email/single-send',
    '/marketing/email-campaigns/2026-03/single-send',
    '/email/public/v1/singleEmail/send',
    '/marketing/v3/email/send-statuses/{statusId}',
    '/marketing/v3/emails',
    '/marketing/v3/emails/{emailId}/publish',
    '/v1/sends',
  ])
    assert.ok(paths[path], path);
});

test('the pages load nothing from elsewhere, run no script, and / leads to them', async () => {
  await using gateway = await startTestGateway({ mount: mountDocs });

  const page = await fetch(`${gateway.baseUrl}/`);
  const html = await page.text();
  const style = await fetch(`${gateway.baseUrl}/docs/style.css`);

  assert.equal(new URL(page.url).pathname, '/docs');
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'self';/);
  assert.doesNotMatch(html, /<script|<iframe|src=|style=/);
  assert.deepEqual(
    [...html.matchAll(/(?:href|src)="([^"]*)"/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[#/]/.test(target)),
    [],
  );
  assert.equal(style.headers.get('content-type'), 'text/css; charset=utf-8');
});

test('every endpoint is on the page, under a heading, and so is every section', async () => {
  const { endpoints, html, api } = await readAll();

  for (const { id, tag } of endpoints) {
    assert.match(html, new RegExp(`<article id="${id}">`), id);
    assert.ok(
      api.tags.some(({ name }) => name === tag),
      tag,
    );
  }
  assert.equal([...html.matchAll(/<article id=/g)].length, endpoints.length);
});

test('HubSpot’s own paths are forgiving and /v1 is strict', async () => {
  const { endpoints } = await readAll();

  for (const { id, paths, style = 'strict' } of endpoints)
    for (const path of paths) assert.equal(style, path.startsWith('/v1/') ? 'strict' : 'hubspot', id);
});

test('operations have names that differ, twins are named after their date', async () => {
  const api = await readApi();
  const ids = Object.values(api.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );

  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.includes('sendSingleEmail202603'));
  for (const id of ids) assert.match(id, /^[a-z][A-Za-z]+(?:20\d{4})?$/);
});

test('no boolean stands where generators want a schema', async () => {
  const api = await readApi();

  assert.doesNotMatch(JSON.stringify(api), /"(?:items|prefixItems)":(?:true|false|\[)/);
});

test('every body has an example that its endpoint’s schema takes', async () => {
  const { endpoints, api } = await readAll();

  const misfits = endpoints.flatMap(({ id, method, paths, bodySchema, answers }) => {
    const operation = api.paths[paths[0].replace(/:(\w+)/g, '{$1}')]?.[method];
    const sent = operation?.requestBody?.content['application/json']?.example;
    const issues = bodySchema?.safeParse(sent).error?.issues ?? [];
    for (const [status, { schema }] of Object.entries(answers)) {
      const got = operation?.responses[status]?.content?.['application/json']?.example;
      issues.push(...(schema?.safeParse(got).error?.issues ?? []));
    }
    return issues.map(({ path, message }) => `${id} ${path.join('.')}: ${message}`);
  });

  assert.deepEqual(misfits, []);
});

test('the bounds of limit and the form of an email id are in the description', async () => {
  const { paths } = await readApi();

  const inList = paths['/marketing/v3/emails']?.['get']?.parameters ?? [];
  const inOne = paths['/marketing/v3/emails/{emailId}']?.['get']?.parameters ?? [];
  const limit = inList.find(({ name }) => name === 'limit')?.schema;
  const emailId = inOne.find(({ name }) => name === 'emailId')?.schema;
  assert.deepEqual([limit?.type, limit?.minimum, limit?.maximum], ['integer', 1, 100]);
  assert.equal(emailId?.pattern, '^\\d{1,16}$');
});

async function readAll() {
  let endpoints: readonly Endpoint[] = [];
  await using gateway = await startTestGateway({
    mount: (app, all) => {
      endpoints = all;
      mountDocs(app, all);
    },
  });
  const html = await (await fetch(`${gateway.baseUrl}/docs`)).text();
  return { endpoints, html, api: await readApi() };
}

async function readApi(): Promise<OpenApi> {
  await using gateway = await startTestGateway({ mount: mountDocs });
  const answer = await fetch(`${gateway.baseUrl}/openapi.json`);
  const api: OpenApi = JSON.parse(await answer.text());
  return api;
}
