import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { raise, browser, phone } from './stage.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let demo, chrome;

before(async () => { demo = await raise(); chrome = await browser(); });
after(async () => { await chrome?.close(); await demo?.end(); });

const every = async (f) => {
  for (const [shop, pages] of Object.entries(demo.links.pages)) for (const [state, url] of Object.entries(pages)) await f(shop, state, url);
};

test('every state of every shop says where the parcel is, without a scroll, on a small phone', async () => {
  const page = await chrome.newPage({ viewport: { width: 360, height: 640 } });
  await every(async (shop, state, url) => {
    const answer = await page.goto(url);
    assert.equal(answer.status(), 200, `${shop} ${state}`);
    assert.equal(await page.locator('h1').count(), 1, `${shop} ${state}: one h1`);
    const box = await page.locator('h1').boundingBox();
    assert.ok(box.y + box.height < 640, `${shop} ${state}: the sentence ends at ${box.y + box.height}`);
  });
  await page.close();
});

test('no page is wider than a 320 px screen', async () => {
  const page = await chrome.newPage({ viewport: { width: 320, height: 640 } });
  await every(async (shop, state, url) => {
    await page.goto(url);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${shop} ${state} is ${wide} px wide`);
  });
  await page.close();
});

for (const scheme of ['light', 'dark']) {
  test(`axe finds nothing on any state, ${scheme}`, async () => {
    const context = await chrome.newContext({ viewport: phone, colorScheme: scheme, bypassCSP: true, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await every(async (shop, state, url) => {
      await page.goto(url);
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
      const words = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`).join('\n');
      assert.equal(words, '', `${shop} ${state}`);
    });
    await context.close();
  });
}

test('the first view weighs at most 100 kB, and nothing comes from elsewhere', async () => {
  for (const [shop, pages] of Object.entries(demo.links.pages)) {
    const context = await chrome.newContext({ viewport: phone });
    const page = await context.newPage();
    const wire = await context.newCDPSession(page);
    let bytes = 0;
    const hosts = new Set();
    await wire.send('Network.enable');
    wire.on('Network.loadingFinished', (e) => { bytes += e.encodedDataLength; });
    page.on('request', (r) => hosts.add(new URL(r.url()).host));
    await page.goto(pages.on_its_way);
    await page.evaluate(() => document.fonts.ready);
    assert.ok(bytes > 0 && bytes <= 100_000, `${shop}: ${bytes} bytes`);
    assert.deepEqual([...hosts], [new URL(pages.on_its_way).host]);
    await context.close();
  }
});

test('no page breaks its content security policy or logs an error', async () => {
  const page = await chrome.newPage({ viewport: phone });
  const said = [];
  page.on('console', (m) => { if (m.type() === 'error') said.push(m.text()); });
  page.on('pageerror', (e) => said.push(String(e)));
  await every(async (shop, state, url) => { await page.goto(url); assert.deepEqual(said, [], `${shop} ${state}`); });
  await page.close();
});

test('without JavaScript the page is the same page', async () => {
  const read = async (js) => {
    const context = await chrome.newContext({ javaScriptEnabled: js, viewport: phone });
    const page = await context.newPage();
    await page.goto(demo.links.pages['kaap-noord'].on_its_way);
    const words = (await page.locator('main').innerText()).replace(/\s+/g, ' ').trim();
    await context.close();
    return words;
  };
  assert.equal(await read(false), await read(true));
});

test('earlier news opens without JavaScript', async () => {
  const context = await chrome.newContext({ javaScriptEnabled: false, viewport: phone });
  const page = await context.newPage();
  await page.goto(demo.links.pages['kaap-noord'].ready_for_pickup);
  const more = page.locator('details.more').first();
  await more.locator('summary').click();
  assert.ok(await more.locator('li').first().isVisible());
  await context.close();
});
