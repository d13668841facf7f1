const filler =
  'Thank you for shopping with us. Your parcel is packed by hand and leaves our workshop within one working day; the carrier will write to you once it is on its way. ';

/** A receipt of about 8 KB with 20 merge values, a loop and 20 links: what a real one looks like, made by rule. */
export const benchEmail = receiptWith(20);

/** The same with so many links, which make most of its message's size. */
export function receiptWith(linksCount: number) {
  return {
    name: 'Bench receipt',
    subject: 'Your order {{ custom.order }}, {{ contact.firstname }}',
    from: { fromName: 'Bench Shop', replyTo: 'orders@shop.example' },
    content: { widgets: { main: { body: { html: receiptHtml(linksCount) } } } },
  };
}

function receiptHtml(linksCount: number): string {
  const links = Array.from({ length: linksCount }, (_, index) => linkOf(index)).join('\n');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Receipt</title></head>
<body style="margin:0;background:#ffffff;font-family:Helvetica,Arial,sans-serif">
<table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0"><tr><td style="padding:24px">
<h1>Thank you, {{ contact.firstname }} {{ contact.lastname }}</h1>
<p>Order {{ custom.order }} of {{ custom.date }} goes to {{ custom.street }}, {{ custom.zip }} {{ contact.city }} by {{ custom.carrier }}.</p>
<table>{% for item in custom.items %}<tr><td>{{ item.name }}</td><td>{{ item.qty }}</td><td>{{ item.price }} {{ custom.currency }}</td></tr>
{% endfor %}</table>
<p>Total: {{ custom.total }} {{ custom.currency }}. {{ custom.note|default("No note.") }} {{ contact.firstname|upper }}</p>
<p>${filler.repeat(8)}</p>
${links}
<p>{{ custom.order }} · {{ custom.date }} · {{ custom.carrier }} · {{ contact.lastname }} · {{ custom.zip }}</p>
</td></tr></table></body></html>`;
}

function linkOf(index: number): string {
  const style = 'style="color:#0b5fff;text-decoration:none;font-weight:bold"';
  return `<p><a href="https://shop.example/catalogue/section-${index}?from=receipt&amp;position=${index}" ${style}>Section ${index} of the catalogue</a></p>`;
}

/** What a request brings for the receipt; `index` makes each send differ. */
export function benchValues(index: number) {
  return {
    contactProperties: { firstname: `Jane${index}`, lastname: 'Doe', city: 'Łódź' },
    customProperties: {
      order: String(index),
      total: '129.90',
      currency: 'EUR',
      date: '2026-03-01',
      street: '1 Long Street',
      zip: '12345',
      carrier: 'Parcel & Sons',
      items: [
        { name: 'Walnut shelf', qty: 1, price: '79.90' },
        { name: 'Brass hook', qty: 5, price: '10.00' },
        { name: 'Linen cloth, "natural"', qty: 2, price: '12.50' },
      ],
    },
  };
}
