/** Bytes of a message, its header included: what the peers relay. */
export const messageBytes = 10_240;

const sentence = 'Thank you for shopping with us; your parcel leaves our workshop within one working day. ';
const boundary = 'bench-boundary-0123456789';
const linksCount = 10;

/** A finished message for an SMTP client, told from others by `id`. */
export function peerMessage(id: string, recipient: string): Buffer {
  const head = [
    'From: Bench Shop <orders@shop.example>',
    `To: ${recipient}`,
    `Subject: Your order ${id}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@shop.example>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

/** Room for the header, whose length varies by a few bytes with the id. */
const headBytes = 300;
const body = Buffer.from(bodyOf(messageBytes - headBytes));

function bodyOf(sizeBytes: number): string {
  const part = (type: string, text: string) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${text}\r\n`;
  const links = Array.from({ length: linksCount }, (_, index) => linkOf(index)).join('\r\n');
  const made = (filler: string) =>
    part('text/plain', `${sentence}\r\nhttps://shop.example/orders`) +
    part('text/html', `<html><body>\r\n<h1>Your order</h1>\r\n${links}\r\n${filler}</body></html>`) +
    `--${boundary}--\r\n`;
  const paragraph = `<p>${sentence}</p>\r\n`;
  return made(paragraph.repeat(Math.max(0, Math.floor((sizeBytes - made('').length) / paragraph.length))));
}

function linkOf(index: number): string {
  return `<p><a href="https://shop.example/catalogue/section-${index}?from=receipt">Section ${index}</a></p>`;
}
