import type { RequestHandler } from 'express';
import type { MailStore } from './mail-store.ts';

/** The shortest time between two events to one page: a flood of mail must not become a flood of page loads. */
const eventIntervalMs = 700;

/** Pages that listen at once; more are refused and simply do not refresh by themselves. */
const listenersMax = 50;

/** Streams `change` by Server-Sent Events whenever the mailbox is not what it was. */
export function liveEvents(store: MailStore): RequestHandler {
  store.changes.setMaxListeners(listenersMax + 1);

  return (req, res) => {
    if (store.changes.listenerCount('change') >= listenersMax) return void res.status(503).end();
    res.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }).flushHeaders();
    res.write('retry: 2000\n\n');

    let timer: NodeJS.Timeout | null = null;
    const tell = () => {
      timer = null;
      res.write(`event: change\ndata: ${JSON.stringify({ total: store.total })}\n\n`);
    };
    const onChange = () => {
      timer ??= setTimeout(tell, eventIntervalMs);
    };
    store.changes.on('change', onChange);
    req.on('close', () => {
      store.changes.off('change', onChange);
      if (timer) clearTimeout(timer);
    });
  };
}
