// The first lab in a real browser, by real mouse events on real controls.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { setUp, site, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();

test('the modules are small', (t) => {
  for (const name of ['threads', 'simd', 'baseline']) {
    const bytes = ['js', 'wasm'].map((ext) => gzipSync(readFileSync(join(site, `rivulet-${name}.${ext}`)), { level: 9 }).length);
    const total = bytes[0] + bytes[1];
    t.diagnostic(`${name}: ${bytes[1]} + ${bytes[0]} bytes gzipped (wasm + js), ${(total / 1e6).toFixed(2)} MB`);
    assert.ok(total <= 1.35e6, `${name} is ${total} bytes gzipped`);
  }
});

test('opens at once, trains, and the distance to the data falls', async (t) => {
  const v = await visit(t, isolated.url);
  const first = await v.state();
  t.diagnostic(`first frame ${first.first_frame_ms.toFixed(0)} ms after navigation`);
  assert.equal(first.module, 'threads');
  assert.equal(first.threads, true);
  const early = await v.until((s) => s.sides[0].sw2['1'] > 0 && s.step > 2, 'the first distances');
  const near = ({ loss, sw2, covered }, floor) => loss < 2.6 && sw2['1'] < Math.min(early.sides[0].sw2['1'], 4 * floor) && sw2['128'] > 0 && covered['1'] === 8;
  const late = await v.until((s) => s.step > 300 && near(s.sides[0], s.floor), 'one step to come near the data', 120);
  t.diagnostic(`training ${late.steps_per_second.toFixed(0)} steps/s at batch 512, 3x128; ${late.fps.toFixed(0)} frames/s`);
  t.diagnostic(`our code ${late.frame_ms.toFixed(2)} ms a frame (worst ${late.frame_ms_worst.toFixed(2)}), handing to WebGL ${late.submit_ms.toFixed(2)} ms`);
  await v.screenshot('wide-light');
  assert.deepEqual(v.errors, []);
});

test('switches target and method by mouse, and the address follows', async (t) => {
  const v = await visit(t, isolated.url);
  await v.click('target.spirals');
  let s = await v.until((now) => now.target === 'spirals' && now.step > 0, 'the new target');
  const { run } = s;
  await v.click('method.mean-flow');
  s = await v.until((now) => now.run > run && now.sides[0].method === 'mean-flow' && now.step > 5, 'the new method');
  await v.click('steps.3');
  await v.until(() => v.page.url().includes('method=mean-flow') && v.page.url().includes('target=spirals') && v.page.url().includes('steps=8'), 'the address');
  const before = await v.state();
  await v.drag([await v.place('rate', 0.5), await v.place('rate', 0.05)]);
  s = await v.until((now) => /rate=0\.000/.test(now.state), 'the dial');
  assert.equal(s.run, before.run, 'the learning rate changes without a restart');
  await v.click('more');
  await v.page.mouse.move(...await v.place('average'));
  await v.until((now) => now.highlight === 'average', 'the symbol of the touched dial');
  await v.screenshot('wide-highlight');
  await v.click('play');
  const paused = await v.paused();
  await v.click('step');
  s = await v.until((now) => now.step > paused.step && !now.working, 'one step');
  assert.equal(s.step, paused.step + 1);
  await v.page.keyboard.press('Space');
  await v.until((now) => now.playing, 'the space bar');
  assert.deepEqual(v.errors, []);
});

test('presses faster than frames: each is heard, with the move before it and the release after it', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`);
  const places = [];
  for (const name of ['target.rings', 'theme', 'target.spirals', 'play']) places.push(await v.place(name));
  for (const place of places) await v.page.mouse.click(...place);
  const s = await v.until((now) => now.target === 'spirals' && now.playing, 'the last presses', 15);
  assert.equal(s.theme, 'dark');
});

test('every dial turns by mouse and by keyboard', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`, { viewport: { width: 1440, height: 1250 } });
  await v.click('more');
  await v.until((s) => s.boxes.seed, 'all dials');
  for (const name of ['rate', 'bootstrap', 'average', 'width', 'depth', 'batch', 'seed']) {
    await v.drag([await v.place(name, 0.4), await v.place(name, 0.75)]);
    const turned = await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.error === '', `the dial ${name}`);
    assert.equal(turned.highlight, ['width', 'depth'].includes(name) ? 'network' : name);
  }
  await v.screenshot('wide-dials');
  const value = async () => Number(/seed=(\d+)/.exec((await v.state()).state)[1]);
  const seed = await value();
  await v.page.keyboard.press('Tab'); // the ring appears at the control used last
  await v.page.keyboard.press('ArrowLeft');
  await v.until((s) => s.state.includes(`seed=${seed - 1}`), 'the arrow key');
  assert.deepEqual(v.errors, []);
});

test('compares two methods: one step of flow matching collapses', async (t) => {
  const v = await visit(t, isolated.url);
  await v.click('compare');
  const collapses = ([shortcut, flow]) => flow.sw2['128'] > 0 && flow.sw2['1'] > 3 * flow.sw2['128'] && shortcut.sw2['1'] < flow.sw2['1'] / 3;
  const s = await v.until((now) => now.sides.length === 2 && now.step > 200 && collapses(now.sides), 'one step of the shortcut model to be the nearer one', 150);
  assert.equal(s.sides[1].method, 'flow-matching');
  await v.screenshot('wide-compare');
  await v.page.emulateMedia({ colorScheme: 'dark' });
  await v.until((now) => now.theme === 'dark', 'the dark theme');
  await v.click('view.1');
  await sleep(600);
  await v.screenshot('wide-compare-dark');
});

test('learns what the visitor draws', async (t) => {
  const v = await visit(t, isolated.url);
  await v.click('target.drawn');
  await v.until((s) => s.drawing && s.boxes.sketch, 'the sketch');
  const stroke = [];
  for (let i = 0; i <= 16; ++i) {
    const a = (i / 16) * 2 * Math.PI;
    stroke.push(await v.place('sketch', 0.5 + 0.3 * Math.sin(a), 0.5 - 0.3 * Math.sin(2 * a)));
  }
  await v.drag(stroke);
  await v.until((s) => s.target === 'drawn' && s.strokes === 1 && s.step > 20, 'training on the drawing');
  await v.screenshot('wide-drawing');
  await v.click('sketch.done');
  await v.until((s) => !s.drawing && s.step > 100 && s.sides[0].sw2['1'] > 0 && s.sides[0].sw2['1'] < 6 * s.floor, 'one step to come near the drawing', 90);
  await v.screenshot('wide-drawn');
  // Another visitor opens the same address and gets the same drawing.
  const other = await visit(t, v.page.url());
  await other.until((now) => now.target === 'drawn' && now.strokes === 1 && now.step > 0, 'the drawing from the address');
  assert.deepEqual(v.errors, []);
});

test('draws by keyboard alone', async (t) => {
  const v = await visit(t, isolated.url);
  const { keyboard } = v.page;
  await keyboard.press('d');
  await v.until((s) => s.drawing, 'the sketch');
  await keyboard.press('Enter');
  for (const key of ['ArrowRight', 'ArrowUp', 'ArrowLeft']) {
    await keyboard.down(key);
    await sleep(500);
    await keyboard.up(key);
  }
  await keyboard.press('Enter');
  await v.until((s) => s.target === 'drawn' && s.strokes === 1 && s.step > 0, 'training on the drawing');
  await keyboard.press('Escape');
  await v.until((s) => !s.drawing, 'the end of the sketch');
  await keyboard.press('Tab');
  await keyboard.press('?');
  await sleep(300);
  await v.screenshot('wide-help');
  await keyboard.press('Escape');
});

test('a bad address gives a message and the defaults', async (t) => {
  const bad = ['#flow2d?width=999999', '#nonsense?x=1', '#flow2d?target=drawn&strokes=!!!!', `#${'a'.repeat(20000)}`, '#%'];
  for (const fragment of bad) {
    const v = await visit(t, isolated.url + fragment);
    const s = await v.state();
    assert.ok(s.toast.length > 20, `a message for ${fragment.slice(0, 40)}`);
    assert.equal(s.target, 'eight-gaussians');
    await v.until((now) => now.step > 3, 'training nevertheless');
    if (fragment === bad[0]) await v.screenshot('wide-bad-address');
    // A good one typed into the address bar later is taken.
    await v.page.evaluate(() => { location.hash = 'flow2d?target=rings&steps=4'; });
    await v.until((now) => now.target === 'rings' && now.state.includes('steps=4'), 'the new fragment');
    assert.deepEqual(v.errors, []);
    await v.close();
  }
});

test('the baseline module works on a page that is not isolated', async (t) => {
  const v = await visit(t, `${plain.url}?module=baseline#flow2d?batch=128`);
  const s = await v.until((now) => now.step > 60 && now.sides[0].sw2['1'] > 0, '60 steps in one thread', 120);
  assert.equal(s.module, 'baseline');
  assert.equal(s.threads, false);
  assert.equal(await v.page.evaluate(() => globalThis.crossOriginIsolated), false);
  t.diagnostic(`baseline: ${s.steps_per_second.toFixed(0)} steps/s, ${s.fps.toFixed(0)} frames/s, our code ${s.frame_ms.toFixed(2)} ms a frame`);
  await v.click('method.flow-matching');
  await v.until((now) => now.sides[0].method === 'flow-matching' && now.step > 5, 'the new method');
  assert.deepEqual(v.errors, []);
});

test('the service worker isolates a page whose host cannot', async (t) => {
  const v = await visit(t, plain.url);
  const s = await v.until((now) => now?.step > 5, 'training');
  assert.equal(s.module, 'threads');
  assert.equal(await v.page.evaluate(() => globalThis.crossOriginIsolated), true);
});

test('a phone: one column, settings from below, dark', async (t) => {
  const v = await visit(t, isolated.url, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, colorScheme: 'dark' });
  let s = await v.until((now) => now.step > 60, '60 steps', 90);
  assert.equal(s.theme, 'dark');
  assert.equal(s.scale, 2);
  for (const [name, [x, , w]] of Object.entries(s.boxes)) assert.ok(x >= 0 && x + w <= 390.5, `${name} fits the width`);
  await v.screenshot('phone-dark');
  const tap = async (name) => {
    await v.rests(name);
    await v.page.touchscreen.tap(...await v.place(name));
  };
  await tap('play');
  await v.until((now) => !now.playing, 'the pause');
  await tap('settings');
  s = await v.until((now) => now.boxes['target.rings'], 'the settings');
  await v.screenshot('phone-dark-settings');
  await tap('target.rings');
  await v.until((now) => now.target === 'rings', 'the tapped target');
  // A finger moves the sheet, not the page behind it; down over a dial it means the sheet, across it the dial.
  const { boxes, state } = await v.state();
  for (let i = 0; i < 5 && !((await v.state()).boxes.rate?.[1] < 720); ++i) await v.swipe([60, 740], [60, 560]);
  s = await v.until((now) => now.boxes.rate?.[1] < 720, 'the first dial', 15);
  assert.equal(s.boxes.picture[1], boxes.picture[1], 'the page behind stays');
  await v.rests('rate');
  let [x, y] = await v.place('rate');
  await v.swipe([x, y - 4], [x + 3, y + 60]);
  s = await v.state();
  assert.ok(!s.boxes.rate || s.boxes.rate[1] > y + 30, `the sheet follows the finger: ${y} to ${s.boxes.rate?.[1]}`);
  assert.equal(s.state, state, 'no dial has turned');
  await v.swipe([60, 700], [60, 560]);
  await v.rests('rate');
  [x, y] = await v.place('rate', 0.5);
  await v.swipe([x, y], [x + 60, y + 4]);
  s = await v.until((now) => now.state.includes('rate='), 'the dial');
  await v.rests('rate');
  await v.page.touchscreen.tap(...await v.place('rate', 0.1));
  await v.until((now) => now.state !== s.state && now.state.includes('rate='), 'a tap on its track');
  await tap('settings');
  await tap('theme');
  await v.until((now) => now.theme === 'light', 'the light theme');
  await sleep(400);
  await v.screenshot('phone-light');
  assert.deepEqual(v.errors, []);
});
