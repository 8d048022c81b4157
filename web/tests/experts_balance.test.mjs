// The lab "Experts, Balance" in a real browser, by real mouse events on real controls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();
const lab = (url, settings = '') => `${url}#experts-balance?${settings}`;

test('without a remedy a few experts do the work; quantiles share it from the first steps', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('experts-balance');
  const early = await v.until((s) => s.lab === 'experts-balance' && s.step > 40, '40 steps');
  assert.ok(early.sides[1].violation < 0.5, `MaxVio ${early.sides[1].violation}`);
  const late = await v.until((s) => s.step > 300 && s.sides.every((side) => side.error > 0 && side.error < 0.3), '300 steps', 150);
  assert.ok(late.sides[1].violation < 0.4 && late.sides[0].violation > 1, `MaxVio ${late.sides[0].violation} and ${late.sides[1].violation}`);
  for (const side of late.sides) {
    assert.ok(side.moved > 0.01 && side.per_token === 1);
    assert.ok(Math.abs(side.load.reduce((a, b) => a + b) - 1) < 0.01);
  }
  t.diagnostic(`${late.steps_per_second.toFixed(0)} steps/s of two networks, MaxVio ${late.sides[0].violation.toFixed(2)} and ${late.sides[1].violation.toFixed(2)}, our code ${late.frame_ms.toFixed(2)} ms a frame`);
  await v.screenshot('experts-balance-light');
  await v.page.emulateMedia({ colorScheme: 'dark' });
  await v.until((s) => s.theme === 'dark', 'the dark theme');
  await v.click('view.1');
  await v.until((s) => s.state.includes('view=count'), 'how many');
  await sleep(500);
  await v.screenshot('experts-balance-dark');
  assert.deepEqual(v.errors, []);
});

test('every remedy trains, and every dial and switch works', async (t) => {
  const v = await visit(t, lab(isolated.url, 'batch=64'), { viewport: { width: 1440, height: 1400 } });
  for (const remedy of ['loss', 'sign', 'rms', 'dynamic', 'none']) {
    const { run } = await v.state();
    await v.click(`right.${remedy}`);
    await v.until((s) => s.run > run && s.step > 5 && s.error === '', remedy, 90);
  }
  await v.click('left.sign');
  await v.click('more');
  await v.until((s) => s.boxes.seed && s.boxes.rate, 'all dials');
  for (const name of ['n', 'k', 'rate', 'hidden', 'learning', 'batch', 'seed']) {
    await v.drag([await v.place(name, 0.4), await v.place(name, 0.95)]);
    await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.error === '', `the dial ${name}`);
  }
  const pressed = { 'router.0': 'router=softmax', 'gate.1': 'gate=before', shared: 'shared=1', 'target.rings': 'target=rings' };
  for (const [name, text] of Object.entries(pressed)) {
    const { run } = await v.state();
    await v.click(name);
    await v.until((s) => s.state.includes(text) && s.run > run, name);
  }
  await v.drag([await v.place('time', 0.6), await v.place('time', 0.2)]);
  const s = await v.until((now) => /time=0\.[12]/.test(now.state) && now.step > 2, 'the flow time');
  assert.equal(s.error, '');
  assert.deepEqual(v.errors, []);
});

test('a renormalised gate over one expert leaves the router standing', async (t) => {
  const v = await visit(t, lab(isolated.url, 'batch=128'), { viewport: { width: 1440, height: 1250 } });
  const { run } = await v.until((s) => s.step > 0, 'a first run');
  await v.click('gate.2');
  const still = await v.until((s) => s.state.includes('gate=after') && s.run > run && s.step > 30, 'some training');
  for (const side of still.sides) assert.equal(side.moved, 0);
  await v.click('gate.0');
  await v.until((s) => !s.state.includes('gate=') && s.run > still.run && s.step > 30 && s.sides[0].moved > 0, 'a router that moves');
  assert.deepEqual(v.errors, []);
});

test('the visitor routes: a token dragged to another expert changes loss and load', async (t) => {
  const v = await visit(t, lab(isolated.url));
  await v.until((s) => s.step > 150, 'some training', 90);
  await v.click('view.2');
  const s = await v.until((now) => !now.playing && !now.working && now.choices.length === 24 && now.boxes['basket.0'], 'the tokens');
  assert.deepEqual(s.scores[0], s.scores[1]);
  assert.ok(s.scores[3].loss <= s.scores[2].loss + 1e-6 && s.scores[2].violation === 0);
  await sleep(300);
  // The token that lies furthest from all others, from the plane to another basket.
  const at = (i) => [s.tokens[2 * i], s.tokens[2 * i + 1]];
  const apart = (i) => Math.min(...s.choices.map((_, j) => (j === i ? 9 : Math.hypot(at(i)[0] - at(j)[0], at(i)[1] - at(j)[1]))));
  const inside = s.choices.map((_, i) => i).filter((i) => at(i).every((c) => Math.abs(c) < 2.7));
  const token = inside.sort((a, b) => apart(b) - apart(a))[0];
  const other = (Math.log2(s.choices[token]) + 3) % 8;
  await v.drag([await v.place('tokens', (at(token)[0] + 3) / 6, (3 - at(token)[1]) / 6), await v.place('baskets', 0.5), await v.place(`basket.${other}`, 0.5)]);
  const moved = await v.until((now) => now.choices[token] === 2 ** other && JSON.stringify(now.scores[0]) !== JSON.stringify(s.scores[0]),
    'the token in its new basket, and what it costs');
  assert.deepEqual(moved.scores.slice(1), s.scores.slice(1));
  await v.screenshot('experts-balance-hand');
  await v.click('even');
  await v.until((now) => now.scores[0].loss === s.scores[2].loss && now.scores[0].violation === 0, 'the best even choice');
  await v.click('again');
  await v.until((now) => now.scores[0].loss === s.scores[1].loss, 'the router’s choice');
  assert.deepEqual(v.errors, []);
});

test('one thread is enough; a phone has one column', async (t) => {
  const v = await visit(t, `${plain.url}?module=baseline#experts-balance?batch=64&hidden=8`);
  const s = await v.until((now) => now.step > 40 && now.sides[1].error > 0, '40 steps in one thread', 120);
  assert.equal(s.threads, false);
  await v.close();
  const phone = await visit(t, lab(isolated.url), { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  const now = await phone.until((p) => p.step > 60 && p.boxes['map.right'], '60 steps', 90);
  for (const [name, [x, , w]] of Object.entries(now.boxes)) assert.ok(x >= 0 && x + w <= 390.5, `${name} fits the width`);
  await phone.screenshot('experts-balance-phone');
  assert.deepEqual(phone.errors, []);
});
