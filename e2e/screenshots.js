// Makes docs/screenshots from the running demo: node screenshots.js [folder]. All states with --all.
import { mkdirSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { raise, browser } from './stage.js';

const args = process.argv.slice(2);
const all = args.includes('--all');
const folder = args.find((a) => !a.startsWith('--')) || join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'screenshots');
mkdirSync(folder, { recursive: true });

const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };
const chosen = { 'kaap-noord': ['on_its_way', 'late'], tuimel: ['out_for_delivery', 'ready_for_pickup'], 'maison-verene': ['delivered'] };

const demo = await raise();
const chrome = await browser();
for (const [shop, pages] of Object.entries(demo.links.pages)) {
  for (const scheme of ['light', 'dark']) for (const [name, viewport] of Object.entries(sizes)) {
    const context = await chrome.newContext({ viewport, colorScheme: scheme, deviceScaleFactor: all ? 1 : 2, reducedMotion: 'reduce' });
    const page = await context.newPage();
    for (const [state, url] of Object.entries(pages)) {
      if (!all && !chosen[shop]?.includes(state)) continue;
      await page.goto(url);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${shop}-${state}-${name}-${scheme}.png`) });
    }
    await context.close();
  }
}
const page = await chrome.newPage({ viewport: sizes.desk });
for (const [name, url] of [['mailbox', demo.links.mailbox], ['sign-in', demo.links.admin]]) {
  await page.goto(url);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
await chrome.close();
await demo.end();
