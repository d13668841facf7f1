import { createPrivateKey } from 'node:crypto';
import {
  composeMessage,
  createDkimSigner,
  createStatusIdIssuer,
  createTrackingTokens,
  generateDkimKeys,
  keyringFromSecret,
  renditionOf,
} from '@posthorn/mail';
import { compileEmail, createRenderer, joinTracked } from '@posthorn/mail/template';
import { benchEmail, benchValues } from './bench-email.ts';

/** CPU of each stage of a send, measured alone in this process, in µs. */
export type StageCosts = Readonly<Record<string, number>>;

/** How long each stage is repeated for; the first tenth warms it up and is not counted. */
const stageMs = 1_500;

/** Measures what a send cannot avoid, stage by stage: the sum is the limit that the whole path is held against. */
export async function measureStageCosts(sample: StageSample): Promise<StageCosts> {
  return {
    'render: merge': cpuMicrosOf(sample.merge),
    'render: 20 links, pixel, tokens': cpuMicrosOf(sample.join),
    'render: compose': cpuMicrosOf(sample.compose),
    'render: DKIM RSA-2048': cpuMicrosOf(sample.sign),
  };
}

/** One send of the bench email, as each stage meets it. */
export type StageSample = Awaited<ReturnType<typeof makeStageSample>>;

export async function makeStageSample() {
  const compiled = compileEmail({
    subject: benchEmail.subject,
    previewText: '',
    fromName: benchEmail.from.fromName,
    html: benchEmail.content.widgets.main.body.html,
  });
  if (compiled.kind !== 'compiled')
    throw new Error(`The bench email does not compile: ${JSON.stringify(compiled.problems)}`);
  const renderer = createRenderer(compiled);
  const keyring = keyringFromSecret('bench'.repeat(8));
  const statusId = createStatusIdIssuer(keyring, { processSeed: 0 }).issue(1, Date.now());
  const { contactProperties: contact, customProperties: custom } = benchValues(1);
  const scope = { contact, custom, account: {} };
  const merge = () => {
    const result = renderer.render(scope);
    if (result.kind !== 'rendered') throw new Error(`The bench email does not render: ${result.kind}`);
    return result;
  };
  const merged = merge();
  const join = () => {
    const tokens = createTrackingTokens(keyring, { statusId, accountId: 1, emailId: 1 });
    return joinTracked(merged, {
      pixelUrl: `https://t.shop.example/t/o/${tokens.open()}.gif`,
      linkUrl: (index, target) => `https://t.shop.example/t/c/${tokens.click(index, target)}`,
    });
  };
  const joined = join();
  const compose = () =>
    composeMessage({
      from: { name: merged.fromName, address: 'orders@shop.example' },
      to: [{ name: '', address: 'customer-1@bench.example' }],
      subject: merged.subject,
      html: joined.html,
      text: joined.text,
      messageId: `${statusId}@shop.example`,
      dateMs: Date.now(),
      boundarySeed: statusId,
    });
  const message = compose();
  const { rsa } = await generateDkimKeys();
  const signer = createDkimSigner({
    domain: 'shop.example',
    selector: 'bench',
    key: createPrivateKey(rsa.privateKeyPem),
    algorithm: 'rsa-sha256',
  });
  return {
    requestBody: JSON.stringify(sampleItem(statusId)),
    merge,
    join,
    compose,
    sign: () => renditionOf(message, [signer], Date.now()),
    rendition: renditionOf(message, [signer], Date.now()),
  };
}

function cpuMicrosOf(work: () => unknown): number {
  const warmUntil = performance.now() + stageMs / 10;
  while (performance.now() < warmUntil) work();
  const before = process.cpuUsage();
  const until = performance.now() + stageMs;
  let rounds = 0;
  for (; performance.now() < until; rounds += 1) work();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / rounds);
}

function sampleItem(statusId: string) {
  return {
    statusId,
    accountId: 1,
    acceptedAtMs: Date.now(),
    emailId: 1,
    version: 1,
    to: 'customer-1@bench.example',
    ...benchValues(1),
  };
}
