// The lab "Experts, Geometry" in a real browser, by real mouse events on real controls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();
const lab = (url, settings = '') => `${url}#experts-geometry?${settings}`;
const [longest, best, routed, random] = [0, 1, 2, 3];

test('a head that is dragged changes what every rule misses', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('experts-geometry');
  const early = await v.until((s) => s.n === 8 && s.sets === 64, 'the vectors and the mean over sets');
  for (const rule of [longest, routed, random]) early.errors[rule].forEach((error, k) => assert.ok(early.errors[best][k] <= error + 1e-4, `the best of ${k}`));
  await sleep(600);
  const [x, y] = early.seen;
  await v.drag([await v.place('arrows', (x + 3) / 6, (3 - y) / 6), await v.place('arrows', 0.5, 0.5), await v.place('arrows', 0.8, 0.2)]);
  const late = await v.until((s) => s.heads === 8 && Math.abs(s.seen[0] - 1.8) < 0.1 && Math.abs(s.seen[1] - 1.8) < 0.1 && String(s.errors) !== String(early.errors), 'the dragged head and other errors');
  assert.match(late.state, /heads=/);
  await v.screenshot('experts-geometry-light');
  const other = await visit(t, `${isolated.url}#${late.state}`);
  await other.until((s) => s.heads === 8 && Math.abs(s.seen[0] - late.seen[0]) < 0.02, 'the same arrows from the link');
  assert.deepEqual(v.errors, []);
});

test('orthogonal vectors: the longest are the best; with overlap they are not', async (t) => {
  const v = await visit(t, lab(isolated.url));
  await v.click('room.2');
  const alike = (now) => now.errors[longest].every((error, k) => Math.abs(error - now.errors[best][k]) < 1e-4);
  await v.until((now) => now.state.includes('room=many') && now.n === 8 && now.errors[random].length === 9 && alike(now), 'the longest to be the best');
  await v.drag([await v.place('overlap', 0.05), await v.place('overlap', 0.95)]);
  await v.until((now) => /overlap=/.test(now.state) && now.errors[longest].some((error, k) => error > now.errors[best][k] + 0.01), 'the gap');
  await v.drag([await v.place('arrows', 0.4), await v.place('arrows', 0.6)]);
  await v.until((now) => /yaw=/.test(now.state), 'the turned space');
  await v.click('errors', 0.5);
  await v.until((now) => now.k === 4, 'the number kept');
  await v.click('gap', 0.5);
  await v.until((now) => /overlap=0\.5/.test(now.state) || /overlap=0\.4/.test(now.state), 'the overlap of the plot');
  await v.screenshot('experts-geometry-many');
  assert.deepEqual(v.errors, []);
});

test('a layer learns at once, and its router learns which blocks are long', async (t) => {
  const v = await visit(t, lab(isolated.url));
  await v.click('view.1');
  const early = await v.until((s) => s.step > 2 && s.correlation !== null, 'the first ranking');
  const late = await v.until((s) => s.step > 1500 && s.correlation > 0.6, '1,500 steps', 150);
  assert.ok(late.errors[routed][2] < late.errors[random][2], 'the router beats chance');
  t.diagnostic(`${late.steps_per_second.toFixed(0)} steps/s, correlation ${early.correlation.toFixed(2)} then ${late.correlation.toFixed(2)}, our code ${late.frame_ms.toFixed(2)} ms a frame`);
  await v.click('play');
  await v.paused();
  await v.drag([await v.place('layer', 0.5), await v.place('layer', 0.25, 0.25)]);
  await v.until((s) => /x=-1\.[45]/.test(s.state) && /y=1\.[45]/.test(s.state), 'the held point');
  await v.click('map.1');
  await v.until((s) => s.state.includes('map=predicted'), 'the router’s map');
  await v.screenshot('experts-geometry-layer');
  assert.deepEqual(v.errors, []);
});

test('every dial and switch works', async (t) => {
  const v = await visit(t, lab(isolated.url), { viewport: { width: 1440, height: 1250 } });
  await v.click('more');
  await v.until((s) => s.boxes.seed, 'all dials');
  for (const name of ['n', 'overlap', 'noise', 'seed', 'k']) {
    await v.drag([await v.place(name, 0.4), await v.place(name, 0.6)]);
    await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.error === '', `the dial ${name}`);
  }
  for (const name of ['rule.best', 'rule.router', 'rule.random', 'weighed', 'room.1']) {
    const { state } = await v.state();
    await v.click(name);
    await v.until((s) => s.state !== state && s.error === '', name);
  }
  await v.click('view.1');
  await v.until((s) => s.step > 3, 'the layer');
  for (const name of ['blur', 'hidden', 'rate']) {
    await v.drag([await v.place(name, 0.4), await v.place(name, 0.95)]);
    await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.error === '', `the dial ${name}`);
  }
  const { run } = await v.state();
  await v.click('router.1');
  const s = await v.until((now) => now.state.includes('router=relu') && now.run > run && now.step > 3, 'another router');
  assert.equal(s.error, '');
  assert.deepEqual(v.errors, []);
});

test('one thread is enough; a phone has one column; a bad address is explained', async (t) => {
  const v = await visit(t, `${plain.url}?module=baseline#experts-geometry?view=layer`);
  const s = await v.until((now) => now.step > 60 && now.correlation !== null, '60 steps in one thread', 120);
  assert.equal(s.threads, false);
  await v.close();
  const phone = await visit(t, lab(isolated.url), { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  const now = await phone.until((p) => p.sets === 64, 'the mean over sets', 90);
  for (const [name, [x, , w]] of Object.entries(now.boxes)) assert.ok(x >= 0 && x + w <= 390.5, `${name} fits the width`);
  await phone.screenshot('experts-geometry-phone');
  const bad = await visit(t, lab(isolated.url, 'k=99'));
  assert.match((await bad.state()).toast, /k must be/);
  assert.deepEqual(phone.errors, []);
});
