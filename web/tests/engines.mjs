// Firefox and WebKit on a screen of their own: where they have WebGL 2 without a graphics card.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { sleep } from './browser.mjs';

const pictures = join(dirname(fileURLToPath(import.meta.url)), '../../build/screenshots');

/** An X server of its own choice of number. */
const openScreen = async () => {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [number] = await once(createInterface(server.stdout), 'line');
  return { environment: { ...process.env, DISPLAY: `:${number}`, LIBGL_ALWAYS_SOFTWARE: '1' }, close: () => server.kill() };
};

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

const openFirefox = async (environment) => {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', headless: false, env: environment,
    extraPrefsFirefox: { 'webgl.force-enabled': true }, defaultViewport: { width: 1000, height: 640 },
  });
  const page = await browser.newPage();
  return {
    goto: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    click: async (x, y) => {
      await page.mouse.move(x, y);
      await sleep(150);
      await page.mouse.down();
      await sleep(150);
      await page.mouse.up();
    },
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text, { delay: 10 }),
    picture: async () => Buffer.from(await page.screenshot()),
    close: () => browser.close(),
  };
};

const webKitKeys = { Tab: '\uE004', Enter: '\uE007' };

const openWebKit = async (environment) => {
  const port = await freePort();
  // Automated, WebKit hides the name SharedArrayBuffer even from isolated pages; Safari shows it.
  const settings = { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', JSC_useSharedArrayBuffer: '1' };
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { env: { ...environment, ...settings }, stdio: 'ignore' });
  const ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.error} ${value.message}`);
    return value;
  };
  for (let i = 0; i < 100; ++i) {
    if (await ask('GET', '/status').catch(() => null)) break;
    await sleep(100);
  }
  const folder = `/usr/lib/${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}-linux-gnu/webkit2gtk-4.1`;
  const options = { binary: join(folder, 'MiniBrowser'), args: ['--automation'] };
  const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
  const session = `/session/${sessionId}`;
  await ask('POST', `${session}/window/rect`, { x: 0, y: 0, width: 1000, height: 740 });
  const keys = (actions) => ask('POST', `${session}/actions`, { actions: [{ type: 'key', id: 'keyboard', actions }] });
  const typed = (signs) => keys(signs.flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]));
  return {
    goto: (url) => ask('POST', `${session}/url`, { url }),
    evaluate: (expression) => ask('POST', `${session}/execute/sync`, { script: `return ${expression};`, args: [] }),
    click: (x, y) => ask('POST', `${session}/actions`, {
      actions: [{
        type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' },
        actions: [{ type: 'pointerMove', x: Math.round(x), y: Math.round(y) }, { type: 'pause', duration: 100 }, { type: 'pointerDown', button: 0 },
          { type: 'pause', duration: 120 }, { type: 'pointerUp', button: 0 }],
      }],
    }),
    press: (key) => typed([webKitKeys[key] ?? key]),
    type: (text) => typed([...text]),
    picture: async () => Buffer.from(await ask('GET', `${session}/screenshot`), 'base64'),
    close: async () => {
      await ask('DELETE', session).catch(() => {});
      driver.kill();
    },
  };
};

export const engines = { firefox: openFirefox, webkit: openWebKit };

/** A visitor with an engine of their own. */
export class Guest {
  static async open(name) {
    const guest = new Guest();
    guest.name = name;
    guest.home = mkdtempSync(join(tmpdir(), 'rivulet-home-'));
    guest.screen = await openScreen();
    guest.engine = await engines[name]({ ...guest.screen.environment, HOME: guest.home, XDG_RUNTIME_DIR: guest.home });
    return guest;
  }

  async close() {
    await this.engine.close();
    this.screen.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  goto(url) { return this.engine.goto(url); }

  state() { return this.engine.evaluate('window.rivulet?.state() ?? null').catch(() => null); }

  async until(test, what, seconds = 60) {
    const end = Date.now() + seconds * 1000;
    let state;
    while (Date.now() < end) {
      state = await this.state();
      if (state && test(state)) return state;
      await sleep(200);
    }
    delete state?.boxes;
    throw new Error(`${this.name}: waited ${seconds} s in vain for ${what}: ${JSON.stringify(state)}`);
  }

  async click(name) {
    const { boxes } = await this.until((s) => s.boxes[name], `the control ${name}`);
    const [x, y, w, h] = boxes[name];
    await this.engine.click(x + w / 2, y + h / 2);
    await sleep(200);
  }

  async screenshot(name) {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, `${this.name}-${name}.png`), await this.engine.picture());
  }
}
