/**
 * The email that a first start authors, in HubSpot's shape: it shows a contact property with a default, a custom
 * value, a loop and two links, so that there is something to read, to open and to click.
 */
export const welcomeEmail = {
  name: 'Welcome to Posthorn',
  subject: 'Your first send, {{ contact.firstname|default("friend") }}',
  from: { fromName: 'Posthorn', replyTo: 'hello@posthorn.localhost' },
  content: {
    widgets: {
      preview_text: { body: { value: 'It went through every stage on your own machine.' } },
      main: {
        body: {
          html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Welcome to Posthorn</title></head>
<body style="margin:0;background:#f4f1ea;font-family:Georgia,'Times New Roman',serif;color:#1f2933">
<div style="max-width:560px;margin:0 auto;padding:40px 24px">
<h1 style="font-size:28px;font-weight:normal;margin:0 0 16px">Good news, {{ contact.firstname|default("friend") }}.</h1>
<p style="font-size:17px;line-height:1.6;margin:0 0 24px">This message was accepted, merged, tracked, signed and
delivered by the system that you have just started. Here is what it did on the way:</p>
<ol style="font-size:17px;line-height:1.7;margin:0 0 24px;padding-left:24px">
{% for step in custom.steps|default(["It went through every stage on your own machine."]) %}<li>{{ step }}</li>
{% endfor %}</ol>
<p style="margin:0 0 32px"><a href="{{ custom.docsUrl|default("https://developers.hubspot.com/docs") }}" style="display:inline-block;background:#b4531f;color:#fff;
padding:12px 22px;border-radius:6px;text-decoration:none;font-family:Helvetica,Arial,sans-serif;font-size:15px">Read the API</a></p>
<p style="font-size:14px;line-height:1.6;color:#616e7c;margin:0">Opening this and following its links is recorded. See
<a href="https://developers.hubspot.com/docs/api-reference/latest/marketing/transactional-emails/single-send" style="color:#b4531f">the
API that it is compatible with</a>.</p>
</div>
</body>
</html>`,
        },
      },
    },
  },
} as const;

/** The merge values of the welcome send. */
export function welcomeValues(docsUrl: string) {
  return {
    contactProperties: { firstname: 'Ada' },
    customProperties: {
      docsUrl,
      steps: [
        'The gateway put it on disk in Redis and answered.',
        'The renderer merged, tracked and signed it.',
        'The dispatcher delivered it over SMTP.',
        'Tracking recorded every step in MongoDB.',
      ],
    },
  };
}
