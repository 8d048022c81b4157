// The lab "Distillation, Pictures" in a real browser, by real mouse events on real controls, with the weights that ship.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();
const lab = (url, settings = '') => `${url}#distill-pictures${settings}`;
const [MANY, FEW, ONE, SHORTCUT, STUDENT] = [0, 1, 2, 3, 4];
const allDone = (s) => s.makers?.every((maker) => maker.done);
const worst = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));

test('all makers draw one noise, and a student learns without data', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('distill-pictures');
  let s = await v.until((now) => now.lab === 'distill-pictures' && allDone(now), 'every row', 120);
  assert.deepEqual(s.makers.map((maker) => maker.evaluations), [32, 4, 1, 1, 1]);
  assert.ok(s.makers[MANY].ms > s.makers[ONE].ms, 'more evaluations take longer');
  assert.ok(worst(s.makers[MANY].values, s.makers[STUDENT].values) > 0.01);
  const first = await v.until((now) => now.student.step >= 0 && now.stages[0] === 0, 'the beginning', 60);
  s = await v.until((now) => now.student.step >= 12 && now.stages.length > 1 && now.curve > 4, 'a dozen steps', 120);
  assert.ok(worst(s.student.values, first.student.values) > 1e-3, 'its pictures move');
  assert.ok(s.l1 > 0);
  t.diagnostic(`${s.steps_per_second.toFixed(1)} steps/s, L1 ${s.l1.toFixed(4)}, frame ${s.frame_ms.toFixed(2)} ms`);
  await v.screenshot('distill-pictures-light');
  await v.page.keyboard.press('Space');
  const { step } = await v.paused();
  await v.page.keyboard.press('s');
  await v.until((now) => now.step === step + 1 && now.student.step === step + 1, 'one step');
  await v.click('row.5.3');
  await v.until((now) => now.state.includes('picture=3'), 'another picture');
  await v.page.mouse.move(...await v.place('lambda'));
  await v.until((now) => now.highlight === 'lambda', 'the symbol of the touched dial');
  assert.deepEqual(v.errors, []);
});

test('loss and mix turn while it learns; what begins anew says so', async (t) => {
  const v = await visit(t, lab(isolated.url, '?batch=4'), { viewport: { width: 1440, height: 1300 } });
  const { run } = await v.until((s) => s.step > 2, 'some steps', 120);
  await v.drag([await v.place('lambda', 0.4), await v.place('lambda', 0.95)]);
  await v.until((s) => /lambda=(1\.|2)/.test(s.state), 'the mix');
  for (const [name, text] of [['loss.0', 'loss=l1'], ['loss.1', 'loss=l3']]) {
    await v.click(name);
    const { step } = await v.until((s) => s.state.includes(text), name);
    await v.until((s) => s.step > step + 1 && s.run === run && s.error === '', `steps under ${name}`, 60);
  }
  await v.click('more');
  await v.until((s) => s.boxes.seed && s.boxes['fake-rate'], 'all dials');
  for (const name of ['rate', 'fake-rate', 'guidance', 'noise']) {
    await v.drag([await v.place(name, 0.5), await v.place(name, 0.9)]);
    await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.run === run, `the dial ${name}`);
  }
  for (const [name, text] of [['first.1', 'first=shortcut'], ['set.1', 'set=fashion']]) {
    const before = (await v.state()).run;
    await v.click(name);
    await v.until((s) => s.state.includes(text) && s.run > before && s.step > 0 && s.error === '', name, 120);
  }
  await v.until(allDone, 'the other set', 120);
  await v.screenshot('distill-pictures-fashion');
  assert.deepEqual(v.errors, []);
});

test('begun as the shortcut model, it begins with the pictures of that; labels hold for all rows', async (t) => {
  const v = await visit(t, lab(isolated.url, '?first=shortcut&play=0'));
  let s = await v.until((now) => allDone(now) && now.student.step === 0, 'the beginning', 120);
  assert.ok(worst(s.student.values, s.makers[SHORTCUT].values) < 1e-3);
  const before = s;
  await v.click('attribute.1.5'); // not what is drawn for the first picture as it is
  s = await v.until((now) => /labels=x\.\d/.test(now.state) && allDone(now) && [FEW, SHORTCUT, STUDENT].every((i) => now.makers[i].run > before.makers[i].run)
    && worst(now.student.values, before.student.values) > 1e-4, 'other hair', 90);
  assert.deepEqual(s.stages, [0]);
  assert.deepEqual(v.errors, []);
});

test('a failed download is told and tried again', async (t) => {
  const v = await visit(t, isolated.url);
  const weights = '**/models/distill-avatars.safetensors';
  await v.context.route(weights, (route) => route.abort());
  await v.openLab('distill-pictures');
  await v.until((s) => s.models?.[2].weights === 'failed' && s.boxes['retry.4'], 'the failure', 90);
  await v.until((s) => s.step > 0, 'learning all the same', 90);
  await v.screenshot('distill-pictures-failed');
  await v.context.unroute(weights);
  await v.click('retry.4');
  await v.until((s) => s.makers[STUDENT].done, 'its row after all', 90);
  assert.deepEqual(v.errors, []);
});

test('learns without threads, and fits a phone', async (t) => {
  const v = await visit(t, lab(plain.url, '?batch=4&theme=dark&lang=zh'),
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  let s = await v.until((now) => now.student?.step > 1 && now.makers[STUDENT].done, 'two steps', 180);
  for (const [name, [x, , w]] of Object.entries(s.boxes)) assert.ok(x >= -1 && x + w <= 391, `${name} is cut off: ${x} + ${w}`);
  await sleep(500);
  await v.screenshot('distill-pictures-phone');
  const tap = async (name) => v.page.touchscreen.tap(...await v.place(name));
  await tap('play');
  s = await v.paused();
  await tap('settings');
  await v.until((now) => now.boxes['first.1'], 'the sheet');
  await sleep(600);
  await v.screenshot('distill-pictures-phone-settings');
  await tap('first.1');
  await v.until((now) => now.state.includes('first=shortcut') && now.run > s.run && now.student.step === 0, 'the other beginning', 120);
  assert.deepEqual(v.errors, []);
});

test('the lab that is left rests', async (t) => {
  const v = await visit(t, lab(isolated.url));
  await v.until((s) => s.step > 1, 'some steps', 120);
  await v.openLab('flow2d');
  await v.until((s) => s.lab === 'flow2d' && s.step > 10, 'the other lab to learn');
  await v.openLab('distill-pictures');
  const { step, run } = await v.until((s) => s.lab === 'distill-pictures' && s.step > 0, 'the student');
  await v.until((s) => s.run === run && s.step > step, 'it to go on', 60);
  assert.deepEqual(v.errors, []);
});
