// One diffusion transformer in our WebAssembly modules and in onnxruntime-web, by turns within one page of one Chromium:
//   node race.mjs [ROUNDS]      (race.sh builds and installs what it needs)
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../web/tests/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, '../../build');
const rounds = Number(process.argv[2] ?? 60);

// One folder to serve: the page, both modules and the other runtime.
const site = join(build, 'race');
rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });
symlinkSync(join(here, 'race.html'), join(site, 'race.html'));
symlinkSync(join(here, 'node_modules'), join(site, 'node_modules'));
for (const name of ['threads', 'baseline']) {
  for (const suffix of ['mjs', 'wasm']) symlinkSync(join(build, `wasm-${name}/bench-${name}.${suffix}`), join(site, `bench-${name}.${suffix}`));
}

const server = await serve(site);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
console.log('| module | threads | pictures | batch | ours, ms | Gflop/s | onnxruntime-web, ms | ratio | largest difference |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const [module, threads] of [['bench-threads', 1], ['bench-baseline', 1], ['bench-threads', 2]]) {
  for (const [side, channels] of [[16, 3], [28, 1]]) {
    for (const batch of [1, 16]) {
      const page = await browser.newPage();
      page.on('pageerror', (error) => console.error(error.message));
      await page.goto(`${server.url}race.html`);
      await page.waitForFunction(() => window.ready);
      const config = { side, channels, batch, threads };
      const r = await page.evaluate(([m, c, n]) => window.race(m, c, n), [module, config, rounds]);
      console.log(`| ${module === 'bench-threads' ? 'relaxed SIMD' : 'SIMD'} | ${threads} | ${side}x${side}x${channels} | ${batch} | ${r.ours.toFixed(2)} | ${(r.flops / r.ours * 1e-6).toFixed(1)} `
        + `| ${r.theirs.toFixed(2)} | ${(r.theirs / r.ours).toFixed(2)} | ${(r.difference / r.largest).toExponential(1)} |`);
      await page.close();
    }
  }
}
await browser.close();
await server.close();
