import { createPrivateKey } from 'node:crypto';
import {
  attachmentEntity,
  type ComposedMessage,
  composeMessage,
  createDkimSigner,
  createTrackingTokens,
  type DkimSigner,
  inlineImageEntity,
  type Keyring,
  type MessageInput,
  messageIdOf,
  renditionOf,
} from '@posthorn/mail';
import {
  createRenderer,
  joinTracked,
  type RenderedEmail,
  type Tracking,
  type VersionRenderer,
} from '@posthorn/mail/template';
import { BoundedMap } from './bounded-map.ts';
import type { RenderedSend, RenderSend, RenderTask, SigningKey } from './render-task.ts';

/** What a thread keeps between tasks: parsed versions and keys. */
type Kept = { renderers: BoundedMap<string, VersionRenderer>; signers: BoundedMap<string, DkimSigner> };

/**
 * Makes what a thread runs: merge, join, compose, sign, for each send of a task. Synchronous and pure but for its
 * caches, so the same send gives the same bytes. One send that fails does not touch the others.
 */
export function createRenderSends({ keyring, trackingUrl }: { keyring: Keyring; trackingUrl: string }) {
  const kept: Kept = { renderers: new BoundedMap(200), signers: new BoundedMap(1_000) };
  return (task: RenderTask): RenderedSend[] => task.sends.map((send) => renderSafely(task, send));

  function renderSafely(task: RenderTask, send: RenderSend): RenderedSend {
    try {
      return renderSend(task, send);
    } catch (error) {
      return { kind: 'threw', reason: error instanceof Error ? (error.stack ?? error.message) : 'threw' };
    }
  }

  function renderSend(task: RenderTask, send: RenderSend): RenderedSend {
    const version = task.versions[send.versionKey];
    const account = task.accounts[send.accountId];
    if (!version || !account) throw new Error('the task lacks a version or an account');
    const signers = signersOf(task.keys[send.signWith] ?? []);
    if (signers.length === 0) return { kind: 'key-unreadable' };

    const renderer = kept.renderers.getOrMake(send.versionKey, () => createRenderer(version));
    const rendered = renderer.render({
      contact: Object.assign(Object.create(null), send.contact),
      custom: send.custom,
      account: account.properties,
    });
    if (rendered.kind !== 'rendered') return rendered;

    const write = createWriter(send, rendered, signers);
    const from = send.from.name ?? rendered.fromName;
    const seen = {
      subject: rendered.subject,
      from: from === '' ? send.from.address : `${from} <${send.from.address}>`,
    };
    const tracked = write(trackingOf(send, account));
    return {
      kind: 'rendered',
      ...seen,
      tracked,
      ...(send.needsUntracked && { untracked: write(untracked) }),
    };
  }

  function signersOf(keys: readonly SigningKey[]): DkimSigner[] {
    return keys.flatMap((key) => {
      try {
        return kept.signers.getOrMake(`${key.selector}.${key.domain}\n${key.privateKeyPem}`, () =>
          toSigner(key),
        );
      } catch {
        return [];
      }
    });
  }

  function trackingOf(
    { statusId, accountId, emailId, trackingUrl: base = trackingUrl }: RenderSend,
    { tracksOpens, tracksClicks }: { tracksOpens: boolean; tracksClicks: boolean },
  ): Tracking {
    const tokens = createTrackingTokens(keyring, { statusId, accountId, emailId });
    const linkUrl = (index: number, target: string): string => {
      const token = tokens.click(index, target);
      return token === null ? target : `${base}/t/c/${token}`;
    };
    return {
      pixelUrl: tracksOpens ? `${base}/t/o/${tokens.open()}.gif` : null,
      linkUrl: tracksClicks ? linkUrl : untracked.linkUrl,
    };
  }
}

const untracked: Tracking = { pixelUrl: null, linkUrl: (_, target) => target };

function toSigner({ privateKeyPem, ...key }: SigningKey): DkimSigner {
  return createDkimSigner({ ...key, key: createPrivateKey(privateKeyPem) });
}

/** Makes the function that writes a rendition; what both renditions of a send share is encoded once. */
function createWriter(
  send: RenderSend,
  rendered: RenderedEmail,
  signers: readonly DkimSigner[],
): (tracking: Tracking) => string {
  const common = commonOf(send, rendered);
  return (tracking) => {
    const message: ComposedMessage = composeMessage({ ...common, ...joinTracked(rendered, tracking) });
    return renditionOf(message, signers, send.acceptedAtMs);
  };
}

/** Bcc stands in no header. The date is the send's own, so that a second rendering has the same bytes. */
function commonOf(send: RenderSend, { subject, fromName }: RenderedEmail): MessageInput {
  const { statusId, from, to, cc, replyTo, emailId, accountId, acceptedAtMs } = send;
  return {
    from: { name: from.name ?? fromName, address: from.address },
    to: [to],
    cc,
    replyTo,
    subject,
    messageId: messageIdOf(statusId, from.domain),
    dateMs: acceptedAtMs,
    boundarySeed: statusId,
    headers: [
      { name: 'X-Posthorn-MID', value: statusId },
      // Gmail's postmaster tools count complaints by these; the last field names the sender.
      { name: 'Feedback-ID', value: `${emailId}:${accountId}:transactional:posthorn` },
    ],
    ...entitiesOf(send),
  };
}

function entitiesOf({ attachments }: RenderSend): Pick<MessageInput, 'attachments' | 'inlineImages'> {
  const files = attachments.map(({ filename, contentType, contentId, content }) => ({
    ...{ fileName: filename, contentType, contentId },
    content: Buffer.from(content, 'latin1'),
  }));
  return {
    attachments: files.filter(({ contentId }) => contentId === undefined).map(attachmentEntity),
    inlineImages: files.flatMap(({ contentId, ...file }) => {
      return contentId === undefined ? [] : [inlineImageEntity({ ...file, contentId })];
    }),
  };
}
