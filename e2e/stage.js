// The demo as a test harness: builds the program, starts it on a free port with fresh data, and ends it afterwards.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import net from 'node:net';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const freePort = () => new Promise((yes, no) => {
  const s = net.createServer().once('error', no);
  s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => yes(port)); });
});

// raise starts the demo without its simulator and waits for links.json.
export async function raise() {
  const dir = mkdtempSync(join(tmpdir(), 'onderweg-e2e-'));
  const program = join(dir, 'onderweg');
  execFileSync('go', ['build', '-o', program, './cmd/onderweg'], { cwd: root, stdio: 'inherit' });

  const port = await freePort();
  const demo = spawn(program, ['demo', '--data', join(dir, 'demo'), '--still'], {
    cwd: dir, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  demo.stdout.on('data', (b) => { said += b; });
  demo.stderr.on('data', (b) => { said += b; });

  const file = join(dir, 'demo', 'links.json');
  const deadline = Date.now() + 90_000;
  while (!existsSync(file) || !said.includes('Pages, one a state')) {
    if (demo.exitCode !== null || Date.now() > deadline) throw new Error(`the demo did not start:\n${said}`);
    await new Promise((r) => setTimeout(r, 100));
  }

  return {
    links: JSON.parse(readFileSync(file, 'utf8')),
    said: () => said,
    async end() {
      const gone = new Promise((r) => demo.once('exit', r));
      demo.kill('SIGTERM');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const browser = () => chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// scan posts one event in our own format, signed as Standard Webhooks says.
export async function scan(feed, event) {
  const id = `msg_${Math.random().toString(36).slice(2)}`;
  const at = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify(event);
  const key = Buffer.from(feed.secret.replace(/^whsec_/, ''), 'base64');
  const mark = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  const answer = await fetch(feed.url, {
    method: 'POST', body,
    headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${mark}` },
  });
  if (answer.status !== 202) throw new Error(`feed answered ${answer.status}`);
}

export const phone = { width: 390, height: 844 };
