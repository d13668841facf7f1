import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** The types of ASN.1 values that a certificate needs (X.690). */
const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
};
const dayMs = 86_400_000;

/** Object identifiers, encoded: RFC 5280 for names and extensions, RFC 5758 for the signature. */
const oids = {
  commonName: '550403',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  ecdsaWithSha256: '2a8648ce3d040302',
} as const;

/**
 * Makes a key (P-256) and a certificate for `name` that nobody vouches for (X.509, RFC 5280): for development, where a
 * client is told not to verify it. Good for `days`, from a day ago.
 */
export function makeSelfSigned(name: string, { nowMs, days = 365 }: { nowMs: number; days?: number }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const algorithm = sequence(der(tags.oid, Buffer.from(oids.ecdsaWithSha256, 'hex')));
  const subject = nameOf(name);
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial()),
    algorithm,
    subject,
    sequence(time(nowMs - dayMs), time(nowMs + days * dayMs)),
    subject,
    publicKey,
    der(0xa3, sequence(altNames(name), extension(oids.basicConstraints, sequence()))),
  );
  const signature = sign('sha256', body, createPrivateKey(privateKey));
  const certificate = sequence(body, algorithm, der(tags.bits, Buffer.from([0]), signature));
  return { key: privateKey, cert: pem(certificate) };
}

/** One value: its tag, its length, its content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.from(length.toString(16).padStart(length < 256 ? 2 : 4, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

const sequence = (...content: readonly Buffer[]) => der(tags.sequence, ...content);
const integer = (bytes: Buffer) => der(tags.integer, bytes);

/** Positive, and not shortened by a leading zero. */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes;
}

function nameOf(name: string): Buffer {
  const type = der(tags.oid, Buffer.from(oids.commonName, 'hex'));
  // RFC 5280, appendix A.1: a common name has at most 64 characters; what counts is the alternative name.
  return sequence(der(tags.set, sequence(type, der(tags.text, Buffer.from(name.slice(0, 64))))));
}

/** The name itself, and this machine by its usual names. */
function altNames(name: string): Buffer {
  const names = [...new Set([name, 'localhost'])].map((dns) => der(0x82, Buffer.from(dns)));
  return extension(oids.subjectAltName, sequence(...names, der(0x87, Buffer.from([127, 0, 0, 1]))));
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(der(tags.oid, Buffer.from(oid, 'hex')), der(tags.octets, value));
}

/** GeneralizedTime: `20260131235959Z`. */
function time(atMs: number): Buffer {
  const text = new Date(atMs).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return der(tags.time, Buffer.from(text));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
}
