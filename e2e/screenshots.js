// Makes docs/screenshots from the running demo: node screenshots.js [folder]. With --all: every state, size and theme.
import { mkdirSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { raise, browser } from './stage.js';

const args = process.argv.slice(2);
const all = args.includes('--all');
const folder = args.find((a) => !a.startsWith('--')) || join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'screenshots');
mkdirSync(folder, { recursive: true });

const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };
const chosen = [
  'kaap-noord-on_its_way-phone-light', 'tuimel-out_for_delivery-phone-light', 'tuimel-ready_for_pickup-phone-light',
  'maison-verene-delivered-phone-dark', 'kaap-noord-late-desk-light',
];

const demo = await raise();
const chrome = await browser();
for (const scheme of ['light', 'dark']) for (const [size, viewport] of Object.entries(sizes)) {
  const context = await chrome.newContext({ viewport, colorScheme: scheme, deviceScaleFactor: all ? 1 : 2, reducedMotion: 'reduce' });
  const page = await context.newPage();
  for (const [shop, pages] of Object.entries(demo.links.pages)) for (const [state, url] of Object.entries(pages)) {
    const name = `${shop}-${state}-${size}-${scheme}`;
    if (!all && !chosen.includes(name)) continue;
    await page.goto(url);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  await context.close();
}
const page = await chrome.newPage({ viewport: sizes.desk });
await page.goto(demo.links.mailbox);
await page.screenshot({ path: join(folder, 'mailbox.png') });
await page.goto(demo.links.admin);
await page.locator('button').first().click();
await page.waitForURL(/\/admin\/(?!sign-in)/);
await page.screenshot({ path: join(folder, 'desk.png') });
await chrome.close();
await demo.end();
