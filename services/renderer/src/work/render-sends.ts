import {
  attachmentEntity,
  type ComposedMessage,
  composeMessage,
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
import { referenceHeadersOf } from './reference-headers.ts';
import type { RenderedSend, RenderSend, RenderTask } from './render-task.ts';
import { createSigners } from './signers.ts';
import { trackingOf, untracked } from './tracking-of.ts';

/**
 * Makes what a thread runs: merge, join, compose, sign, for each send of a task. Synchronous and pure but for its
 * caches, so the same send gives the same bytes. One send that fails does not touch the others.
 */
export function createRenderSends({ keyring, trackingUrl }: { keyring: Keyring; trackingUrl: string }) {
  const renderers = new BoundedMap<string, VersionRenderer>(200);
  const signersOf = createSigners();
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

    const renderer = renderers.getOrMake(send.versionKey, () => createRenderer(version));
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
    const tracked = write(
      trackingOf(keyring, send, { ...account, baseUrl: send.trackingUrl ?? trackingUrl }),
    );
    return {
      kind: 'rendered',
      ...seen,
      tracked,
      ...(send.needsUntracked && { untracked: write(untracked) }),
    };
  }
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
    headers: referenceHeadersOf({ statusId, accountId, emailId }),
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
