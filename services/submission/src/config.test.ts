import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';

const required = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  MONGODB_URL: 'mongodb://127.0.0.1:27017',
  POSTHORN_SECRET: 'x'.repeat(32),
  SMTP_NAME: 'smtp.example.com',
};
const tls = { TLS_KEY_FILE: '/tls/key.pem', TLS_CERT_FILE: '/tls/cert.pem' };

test('the ports are 587, 25 and 465 unless others are named, and one may be left out', () => {
  const { smtp } = loadConfig({ ...required, ...tls });
  assert.deepEqual([smtp.ports, smtp.tlsPorts, smtp.allowPlainLogin], [[587, 25], [465], false]);

  const other = loadConfig({ ...required, ...tls, SMTP_PORTS: '2587, 2525', SMTPS_PORTS: ',' });
  assert.deepEqual([other.smtp.ports, other.smtp.tlsPorts], [[2_587, 2_525], []]);
});

test('without a certificate nobody could log in: it must be given, or made on purpose', () => {
  assert.throws(() => loadConfig(required), /TLS_CERT_FILE: must be given/);
  assert.throws(
    () => loadConfig({ ...required, TLS_KEY_FILE: 'key.pem' }),
    /TLS_KEY_FILE: must be given together/,
  );
  assert.equal(loadConfig({ ...required, TLS_SELF_SIGNED: 'true' }).tlsFiles, undefined);
});

test('every variable that is wrong is named at once', () => {
  assert.throws(
    () => loadConfig({ ...tls, SMTP_PORTS: '587,x', MESSAGES_BYTES_MAX: '5' }),
    (error: Error) =>
      ['REDIS_URL', 'POSTHORN_SECRET', 'SMTP_NAME', 'SMTP_PORTS', 'MESSAGES_BYTES_MAX'].every((name) =>
        error.message.includes(name),
      ),
  );
});
