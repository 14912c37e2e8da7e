import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { raise, browser, phone, scan } from './stage.js';

let demo, chrome;
before(async () => { demo = await raise(); chrome = await browser(); });
after(async () => { await chrome?.close(); await demo?.end(); });

const feed = (shop) => demo.links.feeds.find((f) => f.shop === shop && f.kind === 'standard');

// order makes one by the API and gives its page and tracking number.
async function order(shop, suffix) {
  const number = `E2E-${suffix}`;
  const tracking = `ZZ${String(Date.now()).slice(-8)}${suffix.length}NL`;
  const answer = await fetch(demo.links.api, {
    method: 'POST',
    headers: { authorization: `Bearer ${demo.links.keys[shop]}`, 'content-type': 'application/json', 'idempotency-key': number },
    body: JSON.stringify({
      number, language: 'nl', country: 'NL', currency: 'EUR', total: '27.50',
      lines: [{ name: 'Lantaarn', quantity: 1, price: '22.55' }],
      contact: { name: 'Test de Vries', email: 'test@example.com', address: { street: 'Kade 1', postal_code: '1099 XA', city: 'Noorderkoog' } },
      parcels: [{ carrier: 'postnl', tracking_number: tracking, packed_at: new Date(Date.now() - 60_000).toISOString() }],
    }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  return { url: (await answer.json()).tracking_url, tracking };
}

const event = (tracking, milestone) => ({
  type: 'parcel.scanned',
  data: { tracking_number: tracking, carrier: 'postnl', scans: [{ time: new Date().toISOString(), milestone, country: 'NL' }] },
});

test('the page changes by itself when a carrier reports a scan, and keeps what was open', async () => {
  const { url, tracking } = await order('kaap-noord', 'live');
  const page = await chrome.newPage({ viewport: phone });
  const listening = page.waitForResponse((r) => r.url().endsWith('/live'));
  await page.goto(url);
  const before = await page.locator('h1').innerText();
  const region = await page.locator('[role=status]').elementHandle();
  await listening;

  await scan(feed('kaap-noord'), event(tracking, 'out_for_delivery'));
  await page.waitForFunction((old) => document.querySelector('h1').innerText !== old, before);

  assert.equal(await page.locator('[data-milestone]').first().getAttribute('data-milestone'), 'out');
  assert.ok(await region.evaluate((n) => n.isConnected), 'the live region is the same node');
  await page.close();
});

test('the mail of the same event arrives in the mailbox', async () => {
  const { tracking } = await order('tuimel', 'mail');
  await scan(feed('tuimel'), event(tracking, 'handed_to_carrier'));
  const page = await chrome.newPage();
  await page.goto(demo.links.mailbox);
  await page.waitForFunction(async () => {
    const words = await (await fetch(location.href)).text();
    return words.includes('E2E-mail') || (words.match(/test@example\.com/g) || []).length >= 2;
  }, null, { polling: 250 });
  await page.close();
});

test('a forged scan is refused and changes nothing', async () => {
  const { url, tracking } = await order('maison-verene', 'forged');
  const page = await chrome.newPage({ viewport: phone });
  await page.goto(url);
  const before = await page.locator('h1').innerText();
  await assert.rejects(scan({ ...feed('maison-verene'), secret: `whsec_${Buffer.from('not the secret of this feed at all').toString('base64')}` }, event(tracking, 'delivered')), /401/);
  await page.reload();
  assert.equal(await page.locator('h1').innerText(), before);
  await page.close();
});
