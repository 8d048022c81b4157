// One headless Chromium on the pages of this folder, beside both WebAssembly modules of the benchmarks.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../web/tests/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, '../../build');

/** What races against packages wants beside its page. */
export const packages = [join(here, 'node_modules'), join(here, 'ours.mjs')];

/** The modules by turns, with the threads that each can have. */
export const runs = [['bench-threads', 1], ['bench-baseline', 1], ['bench-threads', 2]];

export const nameOf = (module) => (module === 'bench-threads' ? 'relaxed SIMD' : 'SIMD');

/** The median and, in brackets, the fastest; and the ratio of theirs to ours. */
export const shown = ({ median, fastest }, text) => `${text(median)} (${text(fastest)})`;
export const ratio = ({ ours, theirs }) => `${(theirs.median / ours.median).toFixed(2)} (${(theirs.fastest / ours.fastest).toFixed(2)})`;
export const milliseconds = (time) => time.toFixed(2);

/** Serves `pages`, both modules and `files`; `measure` gets the browser, and a function that opens a page, isolated or not. */
export const withPages = async (pages, files, measure) => {
  const site = join(build, 'race');
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  for (const file of [...pages.map((page) => join(here, page)), ...files]) symlinkSync(resolve(file), join(site, basename(file)));
  for (const name of ['threads', 'baseline']) {
    for (const suffix of ['mjs', 'wasm']) symlinkSync(join(build, `wasm-${name}/bench-${name}.${suffix}`), join(site, `bench-${name}.${suffix}`));
  }
  const servers = [await serve(site, { isolated: false }), await serve(site)];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    await measure(browser, async (page, { isolated = true } = {}) => {
      const tab = await browser.newPage();
      tab.on('pageerror', (error) => console.error(error.message));
      await tab.goto(`${servers[Number(isolated)].url}${page}`);
      await tab.waitForFunction(() => window.ready);
      /** Calls `window[name](...rest)` there. */
      const call = (name, ...rest) => tab.evaluate(([f, list]) => window[f](...list), [name, rest]);
      return { tab, call };
    });
  } finally {
    await browser.close();
    for (const server of servers) await server.close();
  }
};

/** The same for one page; `measure` gets a function that calls `window[name](...rest)` in a fresh one. */
export const withChromium = (page, files, measure) => withPages([page], files, (browser, open) => measure(async (name, ...rest) => {
  const { tab, call } = await open(page);
  const result = await call(name, ...rest);
  await tab.close();
  return result;
}));
