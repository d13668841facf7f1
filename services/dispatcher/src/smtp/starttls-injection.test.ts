import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { listen } from '@posthorn/runtime';
import { selfSignedCertificate, setUpPool } from '../testing/pool-with-sink.ts';

test('F30 what stands in plain behind the reply to STARTTLS is thrown away, not taken for a reply inside TLS', async (t) => {
  const commands: string[] = [];
  const { send, route } = await setUpPool(t);
  const port = await startInjector(t, commands);

  const outcomes = await send(['ok@example.org'], {
    route: { ...route, hosts: [{ host: '127.0.0.1', port }] },
  });

  // Taken for the reply to EHLO, the injected lines would have announced PIPELINING.
  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.ok(commands.includes('MAIL FROM:<b@bounce.example>'), commands.join('; '));
});

/** A receiver, or somebody on the way to it, that writes on after `220` before TLS begins. It takes one command at a time. */
async function startInjector(t: TestContext, commands: string[]): Promise<number> {
  const certificate = await selfSignedCertificate(t);
  const server = createServer((socket) => {
    socket.write('220 injector ESMTP\r\n');
    serve(socket, (line) => {
      if (line !== 'STARTTLS') return '250-injector\r\n250 STARTTLS\r\n';
      socket.removeAllListeners('data');
      socket.write('220 go ahead\r\n250-injector\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n');
      const tls = new TLSSocket(socket, { isServer: true, ...certificate });
      serve(tls, answerInside(commands));
      return '';
    });
  });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 });
  t.after(() => listening[Symbol.asyncDispose]());
  return listening.port;
}

function answerInside(commands: string[]): (line: string) => string {
  let isBody = false;
  return (line) => {
    if (isBody && line !== '.') return '';
    isBody = line === 'DATA';
    commands.push(line);
    if (line.startsWith('QUIT')) return '221 bye\r\n';
    return isBody ? '354 go on\r\n' : '250 ok\r\n';
  };
}

function serve(socket: Socket, answer: (line: string) => string): void {
  let input = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    input += chunk;
    for (let end = input.indexOf('\r\n'); end >= 0; end = input.indexOf('\r\n')) {
      const line = input.slice(0, end);
      input = input.slice(end + 2);
      const reply = answer(line);
      if (reply) socket.write(reply);
      if (line.startsWith('QUIT')) socket.end();
    }
  });
}
