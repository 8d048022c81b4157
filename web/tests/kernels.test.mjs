// Every kernel that the native tests compile is one that a browser's WebGPU compiles too.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const folder = process.env.RIVULET_KERNELS ?? join(dirname(fileURLToPath(import.meta.url)), '../../build/kernels');

test('webgpu: the kernels of the native tests compile', async (t) => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.wgsl'));
  assert.ok(files.length > 100, `${files.length} kernels in ${folder}`);
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>')).listen(0);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${server.address().port}/`);
    await page.evaluate(async () => {
      const adapter = await navigator.gpu.requestAdapter();
      globalThis.device = await adapter.requestDevice();
    });
    for (let first = 0; first < files.length; first += 50) {
      const kernels = files.slice(first, first + 50).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
      const wrong = await page.evaluate(async (all) => {
        const found = [];
        for (const [name, code] of all) {
          const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
          found.push(...messages.filter((m) => m.type === 'error').map((m) => `${name}:${m.lineNum}: ${m.message}`));
        }
        return found;
      }, kernels);
      assert.deepEqual(wrong, []);
    }
    // Limits of memory and threads are checked when a pipeline is made, which takes long: for some.
    const largest = files.map((name) => readFileSync(join(folder, name), 'utf8')).sort((a, b) => b.length - a.length).slice(0, 20);
    const refused = await page.evaluate(async (all) => {
      device.pushErrorScope('validation');
      for (const code of all) device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } });
      return (await device.popErrorScope())?.message ?? null;
    }, largest);
    assert.equal(refused, null);
    t.diagnostic(`${files.length} kernels`);
  } finally {
    await browser.close();
    server.close();
  }
});
