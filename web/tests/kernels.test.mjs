// Every kernel that the native tests compile is one that a browser's WebGPU compiles too, and what it computes is right.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const build = join(dirname(fileURLToPath(import.meta.url)), '../../build');
const folder = process.env.RIVULET_KERNELS ?? join(build, 'kernels');
const tapes = process.env.RIVULET_TAPES ?? join(build, 'tapes.json');
let server, browser, page;

before(async () => {
  server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>')).listen(0);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'],
  });
  page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  await page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    globalThis.device = await adapter.requestDevice();
  });
});

after(async () => {
  await browser?.close();
  server?.close();
});

test('webgpu: the kernels of the native tests compile', async (t) => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.wgsl'));
  assert.ok(files.length > 100, `${files.length} kernels in ${folder}`);
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
});

// Plays a tape as lib/README.md says that a browser would: blocks at bindings 1, 2, ..., where operands begin at binding 0. In the page.
async function play({ blocks, inputs, results, kernels, write, commands, given, inputs_at, expect, results_at }) {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffer = (floats, usage) => device.createBuffer({ size: Math.max(4 * floats, 4), usage });
  const onCard = STORAGE | COPY_SRC | COPY_DST;
  const card = blocks.map((floats) => buffer(floats, onCard));
  const host = { [-2]: buffer(inputs, onCard), [-3]: buffer(results, onCard) };
  const at = ({ block }) => (block < 0 ? host[block] : card[block]);
  const put = (to, values) => device.queue.writeBuffer(at(to), 4 * to.offset, new Float32Array(values));
  for (const { to, values } of write) put(to, values);
  for (const [name, values] of Object.entries(given)) put(inputs_at[name], values);

  const dispatches = commands.filter((command) => 'kernel' in command);
  const slot = 256 * Math.ceil(Math.max(...dispatches.map(({ places }) => places.length), 64) / 64);
  const places = buffer((slot / 4) * Math.max(dispatches.length, 1), UNIFORM | COPY_DST);
  dispatches.forEach((dispatch, i) => device.queue.writeBuffer(places, slot * i, new Int32Array(dispatch.places)));

  const visibility = GPUShaderStage.COMPUTE;
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility, buffer: { type: 'uniform', hasDynamicOffset: true } },
      ...card.map((_, i) => ({ binding: i + 1, visibility, buffer: { type: 'storage' } })),
    ],
  });
  const group = device.createBindGroup({
    layout,
    entries: [
      { binding: 0, resource: { buffer: places, size: slot } },
      ...card.map((block, i) => ({ binding: i + 1, resource: { buffer: block } })),
    ],
  });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipelines = kernels.map(({ code }) =>
    device.createComputePipeline({ layout: pipelineLayout, compute: { module: device.createShaderModule({ code }) } }));

  const encoder = device.createCommandEncoder();
  let number = 0;
  for (const command of commands) {
    if ('kernel' in command) {
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipelines[command.kernel]);
      pass.setBindGroup(0, group, [slot * number++]);
      pass.dispatchWorkgroups(...kernels[command.kernel].grid);
      pass.end();
    } else {
      const { from, to } = command;
      encoder.copyBufferToBuffer(at(from), 4 * from.offset, at(to), 4 * to.offset, 4 * from.floats);
    }
  }
  const names = Object.keys(expect);
  const seen = buffer(names.reduce((sum, name) => sum + results_at[name].floats, 0), MAP_READ | COPY_DST);
  let next = 0;
  for (const name of names) {
    const spot = results_at[name];
    encoder.copyBufferToBuffer(at(spot), 4 * spot.offset, seen, 4 * next, 4 * spot.floats);
    next += spot.floats;
  }
  device.queue.submit([encoder.finish()]);
  await seen.mapAsync(GPUMapMode.READ);
  const got = new Float32Array(seen.getMappedRange().slice(0));
  for (const one of [...card, host[-2], host[-3], places, seen]) one.destroy();

  // The largest error, relative to the largest value or one.
  let worst = 0;
  next = 0;
  for (const values of names.map((name) => expect[name])) {
    const scale = Math.max(1, ...values.map(Math.abs));
    for (const value of values) {
      const error = Math.abs(got[next++] - value) / scale;
      if (!(error <= worst)) worst = error;
    }
  }
  return worst;
}

test('webgpu: every operation and its gradient, played by a browser, equal the oracle', async (t) => {
  const all = JSON.parse(readFileSync(tapes, 'utf8'));
  assert.ok(all.length > 100, `${all.length} tapes`);
  await page.evaluate(`globalThis.play = ${play}`);
  let worst = 0;
  const wrong = [];
  for (const tape of all) {
    const error = await page.evaluate(async (one) => {
      device.pushErrorScope('validation');
      const error = await play(one);
      const complaint = await device.popErrorScope();
      return complaint ? complaint.message : error;
    }, tape);
    if (error < 1e-5) worst = Math.max(worst, error);
    else wrong.push(`${tape.name}: ${error}`);
  }
  assert.deepEqual(wrong, []);
  t.diagnostic(`${all.length} runs, the largest error ${worst.toExponential(1)}`);
});
