import type { RunningInstance } from '@posthorn/local';
import { call } from './api.ts';

/** Authors and publishes an email with one link and one custom value; returns its id. */
export async function publishEmail(
  instance: RunningInstance,
  { subject = 'Receipt {{ custom.order }}', html = receipt }: { subject?: string; html?: string } = {},
): Promise<number> {
  const email = {
    name: 'Receipt',
    subject,
    from: { fromName: 'Shop', replyTo: 'orders@shop.example' },
    content: { widgets: { main: { body: { html } } } },
  };
  const created = await call(instance, 'POST', '/marketing/v3/emails', email);
  const id = idOf(created.body);
  const published = await call(instance, 'POST', `/marketing/v3/emails/${id}/publish`);
  if (published.status !== 204) throw new Error(`Publishing answered ${published.status}`);
  return id;
}

const receipt =
  '<p>Order {{ custom.order }}. <a href="https://shop.example/orders/1?from=mail&amp;x=1">See it</a></p>';

function idOf(body: unknown): number {
  if (typeof body === 'object' && body !== null && 'id' in body) return Number(body.id);
  throw new Error('No id in the answer');
}
