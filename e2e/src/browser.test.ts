import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

let system: RunningSystem;
let browser: Browser;

before(async () => {
  system = await startRunningSystem();
  browser = await chromium.launch({ executablePath: await findChromium(), args: quietArgs });
});
after(async () => {
  await browser?.close();
  await system[Symbol.asyncDispose]();
});

test('a person reads the message in the mailbox and clicks its link: both are recorded as a person’s', async () => {
  // The link leads back to this machine: the browser has no network.
  const html = `<p>Order {{ custom.order }}. <a href="${system.instance.docsUrl}?from=mail">See it</a></p>`;
  const emailId = await publishEmail(system.instance, { html });
  const to = 'person@customer.example';
  const sent = await call(system.instance, 'POST', '/marketing/v3/transactional/single-email/send', {
    emailId,
    message: { to },
    customProperties: { order: '<script>document.title="owned"</script>' },
  });
  const { statusId } = z.object({ statusId: z.string() }).parse(sent.body);
  await eventually(
    'the message',
    async () => (await searchMailbox(system.instance, `to:${to}`)).messages.length > 0,
  );
  // A click within two seconds of acceptance is taken for a scanner's.
  await eventually('a person to have had time to read', async () => Date.now() - timeOf(statusId) > 2_500);

  const page = await browser.newPage({ userAgent: aPerson });
  await page.goto(system.instance.mailboxUrl);
  await page.getByText('Receipt').first().click();
  const frame = page.frameLocator('iframe');
  await frame.getByText('Order <script>').waitFor();
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    frame.getByText('See it').click(),
  ]);
  await opened.waitForURL(`${system.instance.docsUrl}?from=mail`);

  const hits = await eventually('the open and the click', async () => {
    const { body } = await call(system.instance, 'GET', `/v1/sends/${statusId}`);
    const found = Timeline.parse(body).timeline.filter(({ type }) => type === 'OPEN' || type === 'CLICK');
    return new Set(found.map(({ type }) => type)).size === 2 && found;
  });
  assert.ok(
    hits.every(({ isMachine }) => isMachine === false),
    JSON.stringify(hits),
  );
  assert.notEqual(await page.title(), 'owned');
});

test('the API’s documentation reads without anything loaded from elsewhere', async () => {
  const page = await browser.newPage();
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));

  await page.goto(system.instance.docsUrl);

  assert.match((await page.textContent('body')) ?? '', /single-email\/send/);
  assert.deepEqual([...hosts], [new URL(system.instance.docsUrl).host]);
});

const Timeline = z.object({
  timeline: z.array(z.object({ type: z.string(), isMachine: z.boolean().optional() })),
});

/** A headless browser says what it is, and is taken for a scanner. */
const aPerson =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The browser talks to nobody by itself: this machine may have no network. */
const quietArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Unix milliseconds from the first 48 bits of a UUID of version 8 as ours. */
function timeOf(statusId: string): number {
  return Number.parseInt(statusId.replaceAll('-', '').slice(0, 12), 16);
}

async function findChromium(): Promise<string> {
  for (const file of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']) {
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  throw new Error('These tests need a Chromium. On Debian: apt-get install chromium');
}
