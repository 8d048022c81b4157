// A headless Chromium, and a visitor who uses the lab's controls by their names.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const site = process.env.RIVULET_SITE ?? join(here, '../../build/web');
const pictures = join(here, '../../build/screenshots');

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Visitor {
  /** Opens the page in a context of its own; errors of the page are collected in `errors`. */
  static async open(browser, url, { waits = true, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], ...options });
    const visitor = new Visitor();
    visitor.context = context;
    visitor.page = await context.newPage();
    visitor.errors = [];
    visitor.page.on('pageerror', (error) => visitor.errors.push(String(error)));
    await visitor.page.goto(url);
    if (waits) await visitor.until((s) => s?.frames > 2, 'the first frames');
    return visitor;
  }

  async close() {
    await this.context.close();
    for (const folder of this.dropped ?? []) rmSync(folder, { recursive: true });
  }

  /** What the app says of itself; null while the page loads (or loads again, isolated by its service worker). */
  async state() {
    let timer;
    const silence = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the page does not answer')), 60000);
    });
    try {
      return await Promise.race([this.page.evaluate(() => window.rivulet?.state() ?? null), silence]);
    } catch (error) {
      if (/navigat|context was destroyed/i.test(error.message)) return null;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until `test(state)` holds and returns that state. */
  async until(test, what, seconds = 60) {
    const end = Date.now() + seconds * 1000;
    let state;
    while (Date.now() < end) {
      state = await this.state();
      if (test(state)) return state;
      await sleep(50);
    }
    delete state?.boxes;
    throw new Error(`waited ${seconds} s in vain for ${what}: ${JSON.stringify(state)}; page errors: ${this.errors.join('; ')}`);
  }

  /** Waits for a lab that is paused, and until all that it was asked for is done and here: no last step is on its way. */
  paused() { return this.until((s) => s.playing === false && !s.working, 'the pause'); }

  /** The middle of a control, as a part of its width. */
  async place(name, across = 0.5, down = 0.5) {
    const { boxes } = await this.until((s) => s?.boxes[name], `the control ${name}`, 15);
    const [x, y, w, h] = boxes[name];
    return [x + w * across, y + h * down];
  }

  /** Waits until a control stays where it is from one frame to the next: what slides or was flung goes on for a while, longer where frames are slow. */
  async rests(name) {
    let last;
    await this.until((now) => {
      if (last?.frames === now.frames) return false;
      const same = now.boxes[name] && String(last?.boxes[name]) === String(now.boxes[name]);
      last = now;
      return same;
    }, `${name} to rest`, 30);
  }

  /** Until a frame shows what came of all that was pressed and moved so far. */
  async answered() {
    const { frames } = await this.state();
    await this.until((s) => s.frames > frames, 'an answer', 30);
  }

  async click(name, across) {
    await this.page.mouse.click(...await this.place(name, across));
    await this.answered();
  }

  /** Opens a lab by its id, as a visitor does: its system's tab, then, where there are several, its own. */
  async openLab(id) {
    const { lab, labs } = await this.until((s) => s?.labs?.[id], `the lab ${id}`);
    if (labs[lab] !== labs[id]) {
      await this.click(`system.${labs[id]}`);
      await this.until((s) => labs[s?.lab] === labs[id], `the system ${labs[id]}`, 15);
    }
    if ((await this.state()).lab !== id) await this.click(`tab.${id}`);
    await this.until((s) => s?.lab === id, `the lab ${id}`, 15);
  }

  /** Presses Control+V upon this text. */
  async paste(text) {
    await this.page.evaluate((words) => navigator.clipboard.writeText(words), text);
    await this.page.keyboard.press('Control+V');
  }

  /** Drops a file of this name and content upon the middle of the page. */
  async drop(name, content) {
    const folder = mkdtempSync(join(tmpdir(), 'rivulet-drop-'));
    const path = join(folder, name);
    writeFileSync(path, content);
    const devtools = await this.context.newCDPSession(this.page);
    const { width, height } = this.page.viewportSize();
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop']) {
      await devtools.send('Input.dispatchDragEvent', { type, x: width / 2, y: height / 2, data });
    }
    await devtools.detach();
    (this.dropped ??= []).push(folder);
  }

  clipboard() { return this.page.evaluate(() => navigator.clipboard.readText()); }

  /** A finger comes down, moves and is lifted. */
  async swipe(from, to) {
    const devtools = await this.context.newCDPSession(this.page);
    const touch = (type, touchPoints) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
    await touch('touchStart', [{ x: from[0], y: from[1] }]);
    await sleep(150);
    for (let i = 1; i <= 8; ++i) {
      await touch('touchMove', [{ x: from[0] + (to[0] - from[0]) * i / 8, y: from[1] + (to[1] - from[1]) * i / 8 }]);
      await sleep(60);
    }
    await sleep(150);
    await touch('touchEnd', []);
    await devtools.detach();
    await sleep(600);
  }

  async drag(points) {
    const { mouse } = this.page;
    await mouse.move(...points[0]);
    await mouse.down();
    for (const point of points.slice(1)) await mouse.move(...point, { steps: 2 }); // each waits for a frame
    await mouse.up();
    await this.answered();
  }

  screenshot(name) {
    mkdirSync(pictures, { recursive: true });
    return this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }
}

/** What the tests of a file share: a browser, and the site from a server that isolates pages and from one that does not. */
export const setUp = () => {
  let browser;
  const [isolated, plain] = [{}, {}];
  before(async () => {
    browser = await launch();
    Object.assign(isolated, await serve(site));
    Object.assign(plain, await serve(site, { isolated: false }));
  });
  after(async () => {
    await browser?.close();
    await isolated.close?.();
    await plain.close?.();
  });
  /** A visitor until the end of test `t`. */
  const visit = async (t, address, options) => {
    const visitor = await Visitor.open(browser, address, options);
    t.after(() => visitor.close());
    return visitor;
  };
  return { isolated, plain, visit };
};
