// The lab "TarFlow, 2-D" in a real browser, by real mouse events on real controls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();
const lab = (url, settings = '') => `${url}#tarflow2d?${settings}`;

test('trains at once, comes near the entropy, and all probability adds up', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('tarflow2d');
  const early = await v.until((s) => s.lab === 'tarflow2d' && s.held_out !== null && s.step > 2, 'the first likelihood');
  const near = (s) => s.held_out < Math.min(early.held_out - 0.5, s.entropy + 0.4);
  const late = await v.until((s) => near(s) && Math.abs(s.mass - 1) < 0.02, 'the entropy to come near, and all probability', 150);
  assert.ok(late.held_out > late.entropy - 0.1, `unseen ${late.held_out}, entropy ${late.entropy}`);
  t.diagnostic(`${late.steps_per_second.toFixed(0)} steps/s at batch 512, unseen ${late.held_out.toFixed(3)} nats, entropy ${late.entropy.toFixed(3)}`);
  t.diagnostic(`our code ${late.frame_ms.toFixed(2)} ms a frame (worst ${late.frame_ms_worst.toFixed(2)})`);
  await v.screenshot('tarflow2d-light');
  await v.page.emulateMedia({ colorScheme: 'dark' });
  await v.until((s) => s.theme === 'dark', 'the dark theme');
  await v.click('view.1');
  await v.until((s) => s.state.includes('view=samples'), 'the samples');
  await sleep(500);
  await v.screenshot('tarflow2d-dark');
  assert.deepEqual(v.errors, []);
});

test('data that is dragged moves its noise, noise that is dragged moves its data', async (t) => {
  const v = await visit(t, lab(isolated.url, 'target=rings&flow=0&after=8'));
  await v.until((s) => s.step > 60 && s.z, 'some training');
  await v.click('play');
  await v.paused();
  await v.drag([await v.place('data', 0.5), await v.place('data', 0.6, 0.7)]);
  let s = await v.until((now) => now.x && Math.abs(now.x[0] - 0.6) < 0.05 && Math.abs(now.x[1] + 1.2) < 0.05, 'the data');
  const { z } = s;
  await v.drag([await v.place('noise', 0.5), await v.place('noise', 0.75, 0.25)]);
  s = await v.until((now) => now.z && Math.abs(now.z[0] - 1.5) < 0.05 && Math.abs(now.z[1] - 1.5) < 0.05, 'the noise');
  assert.ok(Math.hypot(s.x[0] - 0.6, s.x[1] + 1.2) > 0.02, 'its data has moved');
  assert.notDeepEqual(s.z, z);
  assert.match(s.state, /held=8/);
  // The address holds the point: another visitor has it too.
  const other = await visit(t, v.page.url().includes('held=8') ? v.page.url() : `${isolated.url}#${s.state}`);
  await other.until((now) => now.z && Math.abs(now.z[0] - 1.5) < 0.05, 'the same noise');
  assert.deepEqual(v.errors, []);
});

test('every dial and switch works', async (t) => {
  const v = await visit(t, lab(isolated.url, 'play=0'), { viewport: { width: 1440, height: 1250 } });
  await v.click('more');
  await v.until((s) => s.boxes.seed, 'all dials');
  for (const name of ['blocks', 'rate', 'average', 'width', 'depth', 'batch', 'seed']) {
    await v.drag([await v.place(name, 0.4), await v.place(name, 0.9)]);
    await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.error === '', `the dial ${name}`);
  }
  await v.screenshot('tarflow2d-dials');
  const pressed = { 'coupling.additive': 'coupling=additive', permute: 'permute=0', 'direction.to-data': 'direction=to-data', rule: 'rule=0', 'target.spirals': 'target=spirals' };
  for (const [name, text] of Object.entries(pressed)) {
    const { run } = await v.state();
    await v.click(name);
    await v.until((s) => s.state.includes(text) && (name === 'rule' || s.run > run), name);
  }
  await v.drag([await v.place('after', 0.3), await v.place('after', 0.5)]);
  const s = await v.until((now) => now.state.includes('flow=0') && now.after > 1, 'the place among the blocks');
  assert.equal(s.error, '');
  await v.page.keyboard.press('0');
  await v.until((now) => now.after === 0, 'the key for the data');
  await v.page.keyboard.press('Space');
  await v.until((now) => now.playing && now.step > 3, 'training after all of it');
  await v.screenshot('tarflow2d-additive');
  assert.deepEqual(v.errors, []);
});

test('learns what the visitor draws; a bad address is explained', async (t) => {
  const v = await visit(t, lab(isolated.url));
  await v.click('target.drawn');
  await v.until((s) => s.drawing && s.boxes.sketch, 'the sketch');
  await v.drag([await v.place('sketch', 0.3, 0.7), await v.place('sketch', 0.5, 0.3), await v.place('sketch', 0.7, 0.7)]);
  await v.click('sketch.done');
  const s = await v.until((now) => !now.drawing && now.target === 'drawn' && now.step > 20, 'training on the drawing');
  assert.equal(s.entropy, null);
  const bad = await visit(t, lab(isolated.url, 'blocks=999'));
  assert.match((await bad.state()).toast, /blocks must be 1\.\.16/);
  assert.deepEqual(bad.errors, []);
});

test('one thread is enough; a phone has one column', async (t) => {
  const v = await visit(t, `${plain.url}?module=baseline#tarflow2d?blocks=4&batch=128`);
  const s = await v.until((now) => now.step > 30 && now.held_out !== null && now.mass > 0, '30 steps in one thread', 120);
  assert.equal(s.threads, false);
  await v.close();
  const phone = await visit(t, lab(isolated.url), { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  const now = await phone.until((p) => p.step > 30 && p.mass > 0, '30 steps', 90);
  for (const [name, [x, , w]] of Object.entries(now.boxes)) assert.ok(x >= 0 && x + w <= 390.5, `${name} fits the width`);
  await phone.screenshot('tarflow2d-phone');
  assert.deepEqual(phone.errors, []);
});
