import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteNameOf } from './site-name.ts';

test('the same mail hosts make the same site, whatever their order and spelling', () => {
  assert.equal(
    siteNameOf(['mx1.a.example', 'mx2.a.example']),
    siteNameOf(['MX2.a.example', 'mx1.a.example']),
  );
  assert.notEqual(siteNameOf(['mx1.a.example', 'mx2.a.example']), siteNameOf(['mx1.a.example']));
  assert.equal(siteNameOf(['mx1.a.example']), 'mx1.a.example');
});

test('a large receiver is one site, by whatever names its hosts go', () => {
  assert.equal(siteNameOf(['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com']), 'google.com');
  assert.equal(siteNameOf(['aspmx.l.google.com', 'aspmx2.googlemail.com']), 'google.com');
  assert.equal(siteNameOf(['x-com.mail.protection.outlook.com']), 'mail.protection.outlook.com');
  assert.equal(siteNameOf(['mta5.am0.yahoodns.net', 'mta7.am0.yahoodns.net']), 'yahoodns.net');
});

test('a host that only looks like one of theirs is not, nor is a set that is only partly theirs', () => {
  assert.equal(siteNameOf(['mx.evilgoogle.com']), 'mx.evilgoogle.com');
  assert.match(siteNameOf(['aspmx.l.google.com', 'mx.own.example']), /^aspmx\.l\.google\.com\+1-/);
});
