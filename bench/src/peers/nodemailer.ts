import { generateDkimKeys } from '@posthorn/mail';
import { startChild } from '../child.ts';
import { cpuMsOf } from '../process-cpu.ts';
import { type Contender, senders } from './contender.ts';
import type { NodemailerOrder } from './nodemailer-generator.ts';

export const nodemailerPool = nodemailerContender({ signs: false });
export const nodemailerPoolSigning = nodemailerContender({ signs: true });

/** One process that makes the messages and sends them itself: a transport, not a server. */
function nodemailerContender({ signs }: { signs: boolean }): Contender {
  return {
    name: `nodemailer pool${signs ? ', DKIM' : ''}`,
    does: `SMTP client, ${senders} kept connections, one process${signs ? ', DKIM RSA-2048' : ''}`,
    doesNot: 'no intake, queue or retries: what is not sent when it ends is lost; no merge, links, tracking',
    prepare: async () => undefined,
    async start() {
      await using scope = new AsyncDisposableStack();
      const sink = scope.use(startChild('sink.ts'));
      const port = await sink.next<number>();
      const child = scope.use(startChild('peers/nodemailer-generator.ts'));
      const dkim = signs
        ? {
            dkim: {
              domainName: 'shop.example',
              keySelector: 'bench',
              privateKey: (await generateDkimKeys()).rsa.privateKeyPem,
            },
          }
        : {};

      const opened = scope.move();
      return {
        sink,
        send(count, run) {
          const order: NodemailerOrder = { port, count, connections: senders, run, ...dkim };
          return child.ask(order);
        },
        cpuMs: () => ({ nodemailer: cpuMsOf(child.pid) }),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      };
    },
  };
}
