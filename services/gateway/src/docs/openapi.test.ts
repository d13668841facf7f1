import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
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

async function readApi(): Promise<OpenApi> {
  await using gateway = await startTestGateway({ mount: mountDocs });
  const answer = await fetch(`${gateway.baseUrl}/openapi.json`);
  const api: OpenApi = JSON.parse(await answer.text());
  return api;
}
