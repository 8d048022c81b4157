// The lab "Pictures" in a real browser, by real mouse events on real controls, with the weights that ship.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Visitor, setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();

const [SHORTCUT, FLOW, , STUDENT] = [0, 1, 2, 3];
const full = (sheet) => sheet.count > 0 && sheet.done === sheet.count;
const gridOf = (side) => (s) => s.models && full(s.models[side].grid);
const worst = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));

/** Picture `index` of that grid, as the report tells it: the numbers of the chosen picture. */
const values = (s, side) => s.models[side].grid.values;

test('opens, fills its grid, and shows a picture closely', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('pictures');
  const s = await v.until(gridOf(SHORTCUT), 'the grid', 120);
  assert.equal(s.lab, 'pictures');
  assert.equal(s.models[SHORTCUT].grid.count, 24);
  assert.equal(s.models[FLOW].weights, 'none', 'the other model is not fetched before it is needed');
  const { ms, batch, gflops } = s.models[SHORTCUT].grid;
  t.diagnostic(`${batch} avatars in ${s.steps} steps: ${ms.toFixed(1)} ms, ${gflops.toFixed(1)} GFLOP/s on one thread`);
  const seen = await v.until((now) => now.nearest.count === 4096 && !now.playing, 'the nearest training picture');
  assert.ok(seen.nearest.distance > 0 && seen.nearest.distance < 0.5, `distance ${seen.nearest.distance}`);
  assert.equal(seen.trace.known, seen.steps + 1);
  t.diagnostic(`our code ${seen.frame_ms.toFixed(2)} ms a frame, handing to WebGL ${seen.submit_ms.toFixed(2)} ms`);
  await v.until((now) => !now.state.includes('time='), 'the way to be shown');
  await v.screenshot('pictures-light');
  await v.click('grid.0.7');
  await v.until((now) => now.state.includes('picture=7') && now.trace.run > seen.trace.run && now.trace.known === 5, 'its way');
  await v.page.mouse.move(...await v.place('guidance'));
  await v.until((now) => now.highlight === 'guidance', 'the symbol of the touched dial');
  assert.deepEqual(v.errors, []);
});

test('another class, another step count, another seed: other pictures, and the address follows', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?set=fashion`);
  const first = await v.until(gridOf(SHORTCUT), 'the grid', 120);
  let { fingerprint } = first.models[SHORTCUT].grid;
  const changes = async (what) => {
    const s = await v.until((now) => full(now.models[SHORTCUT].grid) && now.models[SHORTCUT].grid.fingerprint !== fingerprint, what, 90);
    fingerprint = s.models[SHORTCUT].grid.fingerprint;
  };
  await v.click('attribute.0.3');
  await changes('other garments');
  await v.until(() => v.page.url().includes('labels=3'), 'the address');
  await v.screenshot('pictures-fashion');
  await v.click('steps.0');
  await changes('one step');
  await v.page.keyboard.press('n');
  await changes('new noise');
  await v.drag([await v.place('guidance', 0.3), await v.place('guidance', 0.95)]);
  await changes('guidance');
  await v.until(() => /guidance=[23]/.test(v.page.url()) && /seed=\d+/.test(v.page.url()) && v.page.url().includes('steps=1'), 'the address');
  const { state } = await v.state();
  const other = await visit(t, `${plain.url}?module=baseline#${state}`);
  const s = await other.until(gridOf(SHORTCUT), 'the same grid without threads', 120);
  assert.equal(s.module, 'baseline');
  assert.equal(s.state, state);
  const mine = await v.state();
  const difference = worst(values(mine, SHORTCUT), values(s, SHORTCUT));
  t.diagnostic(`the same picture from both modules: largest difference ${difference.toExponential(1)}`);
  assert.ok(difference < 1e-3, `the modules differ by ${difference}`);
  assert.deepEqual([...v.errors, ...other.errors], []);
});

test('the same noise in 1 to 128 steps, by both models', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?view=steps&theme=dark`, { viewport: { width: 1440, height: 1300 } });
  const s = await v.until((now) => now.models && full(now.models[SHORTCUT].step_row) && full(now.models[FLOW].step_row), 'both rows', 240);
  assert.equal(s.models[SHORTCUT].step_row.count, 8);
  assert.notEqual(s.models[SHORTCUT].step_row.fingerprint, s.models[FLOW].step_row.fingerprint);
  await v.click('steps.1.1');
  await v.until((now) => now.method === 'flow-matching' && now.steps === 1 && now.trace.known === 2 && now.nearest.count === 4096 && !now.playing, 'the way of one step of flow matching');
  await v.screenshot('pictures-steps-dark');
  const [x, y] = await v.place('time', 0.95);
  await v.drag([[x, y], await v.place('time', 0.3)]);
  await v.until((now) => /time=0\.[23]/.test(now.state), 'the time');
  assert.deepEqual(v.errors, []);
});

test('a student stands beside the others with its one step', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?view=steps`, { viewport: { width: 1440, height: 1100 } });
  await v.until((now) => now.models && full(now.models[STUDENT].step_row), 'its step', 240);
  await v.click('steps.3.1');
  let s = await v.until((now) => now.method === 'distilled' && now.trace.steps === 1 && now.trace.known === 2, 'its way');
  assert.equal(s.models[STUDENT].step_row.count, 1);
  assert.match(s.state, /method=distilled/);
  await v.screenshot('pictures-steps-student');
  await v.click('view.0');
  s = await v.until(gridOf(STUDENT), 'its grid', 60);
  assert.ok(!('steps.3' in s.boxes) && !('guidance' in s.boxes), 'dials that are nothing to it');
  const { run } = s.models[STUDENT].grid;
  await v.page.keyboard.press('5');
  await v.click('compare');
  s = await v.until((now) => now.steps === 16 && gridOf(SHORTCUT)(now) && 'guidance' in now.boxes, 'the others in 16 steps', 120);
  assert.equal(s.models[STUDENT].grid.run, run, 'its pictures stay as they are');
  await v.click('view.2');
  await v.until((now) => full(now.models[STUDENT].morph), 'its morph', 120);
  assert.deepEqual(v.errors, []);
});

test('a morph between two noises, and between two choices', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?view=morph`);
  let s = await v.until((now) => now.models && full(now.models[SHORTCUT].morph) && full(now.models[SHORTCUT].grid), 'the morph', 120);
  assert.equal(s.models[SHORTCUT].morph.count, 16);
  let { fingerprint } = s.models[SHORTCUT].morph;
  const changes = async (what) => {
    s = await v.until((now) => full(now.models[SHORTCUT].morph) && now.models[SHORTCUT].morph.fingerprint !== fingerprint, what, 90);
    fingerprint = s.models[SHORTCUT].morph.fingerprint;
  };
  await v.click('end.1.5');
  await changes('another end');
  await v.screenshot('pictures-morph');
  await v.click('between.1');
  await changes('two choices');
  await v.click('attribute.1.7');
  await changes('the far choice');
  assert.match(s.state, /to=x\.7/);
  await v.click('play');
  await v.until((now) => now.playing, 'the morph to play');
  assert.deepEqual(v.errors, []);
});

test('saves a picture and the grid as PNG files', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?steps=1`, { acceptDownloads: true });
  await v.until((s) => s.models && full(s.models[SHORTCUT].grid) && s.trace.known === 2, 'a picture', 120);
  for (const [name, width, height] of [['save', 512, 512], ['save.grid', 773, 515]]) {
    const [download] = await Promise.all([v.page.waitForEvent('download', { timeout: 30000 }), v.click(name)]);
    assert.match(download.suggestedFilename(), /^rivulet-avatars-shortcut-1-steps-seed-1.*\.png$/);
    const png = readFileSync(await download.path());
    assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [width, height]);
    assert.ok(png.length > 400, `${png.length} bytes`);
  }
  assert.deepEqual(v.errors, []);
});

test('a failed download is told and tried again; a bad file as well; a good one is kept', async (t) => {
  const v = await visit(t, isolated.url);
  const weights = '**/models/shortcut-avatars.safetensors';
  await v.context.route(weights, (route) => route.abort());
  await v.openLab('pictures');
  await v.until((s) => s.models?.[SHORTCUT].weights === 'failed' && s.models[SHORTCUT].error, 'the failure');
  await v.screenshot('pictures-failed');
  await v.context.unroute(weights);
  await v.context.route(weights, (route) => route.fulfill({ status: 200, body: 'not a model at all' }));
  await v.click('retry.shortcut');
  let s = await v.until((now) => now.models[SHORTCUT].weights === 'failed' && !/network/i.test(now.models[SHORTCUT].error), 'the bad file');
  assert.ok(s.models[SHORTCUT].error.length > 10, s.models[SHORTCUT].error);
  await v.context.unroute(weights);
  await v.click('retry.shortcut');
  await v.until(gridOf(SHORTCUT), 'the grid after all', 120);
  // What was fetched once is there without a network.
  const again = new Visitor();
  Object.assign(again, { context: v.context, page: await v.context.newPage(), errors: [] });
  await v.context.route('**/models/**', (route) => route.abort());
  await again.page.goto(`${isolated.url}#pictures`);
  s = await again.until((now) => now?.models && full(now.models[SHORTCUT].grid), 'the grid from the kept file', 120);
  assert.equal(s.models[SHORTCUT].weights, 'ready');
  assert.deepEqual([...v.errors, ...again.errors], []);
});

test('compares both models on the same noise', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?steps=1`);
  await v.until(gridOf(SHORTCUT), 'the grid', 120);
  await v.click('compare');
  const s = await v.until((now) => gridOf(SHORTCUT)(now) && gridOf(FLOW)(now), 'both grids', 120);
  assert.ok(worst(values(s, SHORTCUT), values(s, FLOW)) > 0.01);
  await v.click('grid.1.2');
  await v.until((now) => now.method === 'flow-matching' && now.state.includes('picture=2'), 'the choice');
  await v.screenshot('pictures-compare');
  assert.deepEqual(v.errors, []);
});

test('fits a phone', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures?labels=x.6&theme=dark`,
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  let s = await v.until(gridOf(SHORTCUT), 'the grid', 120);
  for (const [name, [x, , w]] of Object.entries(s.boxes)) assert.ok(x >= -1 && x + w <= 391, `${name} is cut off: ${x} + ${w}`);
  await sleep(500);
  await v.screenshot('pictures-phone');
  const tap = async (name) => v.page.touchscreen.tap(...await v.place(name));
  await tap('settings');
  await v.until((now) => now.boxes['set.1'], 'the sheet');
  await sleep(600);
  await v.screenshot('pictures-phone-settings');
  await tap('set.1');
  s = await v.until((now) => now.set === 'fashion' && gridOf(SHORTCUT)(now), 'the other set', 120);
  await tap('settings');
  await tap('view.1');
  await v.until((now) => full(now.models[SHORTCUT].step_row), 'the steps', 240);
  await v.screenshot('pictures-phone-steps');
  assert.deepEqual(v.errors, []);
});

test('the lab that is left rests', async (t) => {
  const v = await visit(t, isolated.url);
  await v.until((s) => s.step > 20, 'some training');
  await v.openLab('pictures');
  await v.until(gridOf(SHORTCUT), 'the grid', 120);
  await v.openLab('flow2d');
  const { step } = await v.until((s) => s.lab === 'flow2d' && s.step > 0, 'the first lab');
  await v.until((s) => s.step > step + 5, 'training to go on');
  assert.deepEqual(v.errors, []);
});
