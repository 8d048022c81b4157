// The lab "Distillation, 2-D" in a real browser, by real mouse events on real controls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();
const lab = (url, settings = '') => `${url}#distill2d?${settings}`;

test('from one narrow start naive L1 collapses and lambda 1 finds the data', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('distill2d');
  const begun = await v.until((s) => s.lab === 'distill2d' && s.step > 5 && s.sides[1].shown > 5, 'the first steps');
  assert.equal(begun.sides[0].way, 'l1');
  const found = ({ fate, shown, distance, ratio }) => fate === 'fine' && shown > 200 && distance > 0 && distance < 0.4 && Math.abs(ratio - 1) < 0.1;
  const s = await v.until((now) => now.sides[0].fate === 'collapsed' && found(now.sides[1]), 'one to collapse, and the other to find the data', 150);
  const [naive, family] = s.sides;
  t.diagnostic(`our code takes ${s.frame_ms} ms a frame`);
  t.diagnostic(`${s.steps_per_second.toFixed(0)} steps/s of two generators, distances ${naive.distance.toFixed(2)} and ${family.distance.toFixed(2)}`);
  await v.screenshot('distill2d-light');
  await v.page.emulateMedia({ colorScheme: 'dark' });
  await v.until((now) => now.theme === 'dark', 'the dark theme');
  await v.click('view.3');
  await v.until((now) => now.state.includes('view=push'), 'the push');
  await sleep(500);
  await v.screenshot('distill2d-dark');
  assert.deepEqual(v.errors, []);
});

test('where theory is exact, 1.5 runs away from a wide start and 1.2 comes back; why says so', async (t) => {
  const v = await visit(t, lab(isolated.url, 'gaussian=1&start=2.5&left=1.2'));
  const { run } = await v.until((s) => s.step > 3, 'a first run');
  await v.click('right.1.5');
  const s = await v.until((now) => now.run > run && now.sides[1].fate === 'away' && now.step > 250 && now.sides[0].spread < 1.3, 'one that ran away', 120);
  assert.ok(s.state.includes('right=1.5') && s.sides[0].fate === 'fine');
  await v.click('view.4');
  const why = await v.until((now) => now.boxes.phase && now.boxes['terms.right'], 'the diagram');
  // The family's mean is the sum of its terms: psi*psi weighs -lambda.
  assert.equal(why.sides[0].terms.length, 5);
  assert.ok(why.sides[1].ratio > 100 && Math.abs(why.sides[0].ratio - 1) < 0.5);
  await v.screenshot('distill2d-why');
  assert.deepEqual(v.errors, []);
});

test('every dial and switch works; the level is moved while training goes on', async (t) => {
  const v = await visit(t, lab(isolated.url, 'batch=64'), { viewport: { width: 1440, height: 1500 } });
  for (const [name, way] of [['left.0.5', 'left=0.5'], ['right.l3', 'right=l3'], ['left.1.2', 'left=1.2']]) {
    const { run } = await v.state();
    await v.click(name);
    await v.until((s) => s.run > run && s.step > 2 && s.state.includes(way) && s.error === '', name, 60);
  }
  await v.click('play'); // the dials turn faster while nothing trains
  await v.click('more');
  await v.until((s) => s.boxes.seed && s.boxes.deviation, 'all dials');
  for (const name of ['left', 'right', 'start', 'fake-steps', 'deviation', 'width', 'rate', 'fake-rate', 'batch', 'seed']) {
    const before = (await v.state()).state;
    await v.drag([await v.place(name, 0.6), await v.place(name, 0.25)]);
    await v.until((s) => s.state !== before && s.error === '', `the dial ${name}`);
  }
  await v.click('play');
  const pressed = { 'levels.1': 'levels=right', gaussian: 'gaussian=1', drifting: 'drifting=1', 'target.rings': 'target=rings' };
  for (const [name, text] of Object.entries(pressed)) {
    const { run } = await v.state();
    await v.click(name);
    await v.until((s) => s.state.includes(text) && s.run > run && s.step > 0, name, 60);
  }
  assert.ok(!(await v.state()).state.includes('gaussian=1'), 'a target that is pressed is learned');
  await v.until((s) => s.sides[1].drifts && s.boxes.tau, 'drifting');
  const { run } = await v.state();
  await v.drag([await v.place('tau', 0.5), await v.place('tau', 0.9)]);
  await v.click('repulsion');
  await v.drag([await v.place('level', 0.5), await v.place('level', 0.2)]);
  const s = await v.until((now) => /tau=[12]/.test(now.state) && now.state.includes('repulsion=0') && now.level < 0.35, 'live settings');
  assert.equal(s.run, run, 'none of these begins another run');
  assert.equal(s.error, '');
  assert.deepEqual(v.errors, []);
});

test('drifting: without repulsion the samples become few points, and come back with it', async (t) => {
  const v = await visit(t, lab(isolated.url, 'drifting=1&tau=1.5&repulsion=0&view=push'));
  await v.until((s) => s.step > 250 && s.sides[1].spread < 0.4, 'a collapse', 120);
  await v.click('repulsion');
  const s = await v.until((now) => now.sides[1].spread > 1.1, 'the data', 120);
  assert.ok(!s.state.includes('repulsion=0') && s.sides[1].drifts);
  await v.screenshot('distill2d-drifting');
  assert.deepEqual(v.errors, []);
});

test('one thread is enough; a phone has one column', async (t) => {
  const v = await visit(t, `${plain.url}?module=baseline#distill2d?batch=64&width=32`);
  const s = await v.until((now) => now.step > 40 && now.sides[1].distance > 0, '40 steps in one thread', 120);
  assert.equal(s.threads, false);
  await v.close();
  const phone = await visit(t, lab(isolated.url), { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  await phone.until((p) => p.step > 60 && p.boxes['plane.right'], '60 steps', 90);
  await phone.click('view.4');
  const now = await phone.until((p) => p.boxes.phase, 'why');
  for (const [name, [x, , w]] of Object.entries(now.boxes)) assert.ok(x >= 0 && x + w <= 390.5, `${name} fits the width`);
  await phone.screenshot('distill2d-phone');
  assert.deepEqual(phone.errors, []);
});
