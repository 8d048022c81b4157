// The lab "TarFlow pictures" in a real browser, by real mouse events on real controls, with the weights that ship.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();

const lab = (url, settings = '') => `${url}#tarflow-pictures?${settings}`;
const sampled = (s) => s?.sheet?.stage === 'finished';
const sampledAfter = (run) => (s) => sampled(s) && s.sheet.run > run;
const inverted = (s) => s?.latent?.finished;
const invertedAfter = (answer) => (s) => inverted(s) && s.latent.answer > answer;
const worst = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
const avatar = readFileSync(new URL('../../assets/pictures/avatars-test.png', import.meta.url));

test('opens, solves its pictures token by token, denoises them', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('tarflow-pictures');
  const early = await v.until((s) => s.sheet?.stage === 'sampling' && s.sheet.runs > 10, 'the first tokens', 120);
  assert.ok(early.sheet.blocks[3].runs === 0, 'the last block waits');
  await v.screenshot('tarflow-pictures-sampling');
  const s = await v.until((now) => sampled(now) && now.sheet.costs[0] > 0, 'the pictures', 120);
  assert.deepEqual([s.sheet.count, s.sheet.denoised, s.sheet.runs], [16, 16, s.sheet.blocks.length * (s.sheet.tokens - 1)]);
  assert.ok(Number.isFinite(s.sheet.nats) && worst(s.sheet.raw, s.sheet.clean) > 0.01);
  t.diagnostic(`16 avatars token by token: ${s.sheet.costs[0].toFixed(0)} ms, ${s.sheet.cut} scales cut`);
  t.diagnostic(`our code ${s.frame_ms.toFixed(2)} ms a frame, handing to WebGL ${s.submit_ms.toFixed(2)} ms`);
  await v.until((now) => now.likelihood.scored === 64, 'the likelihoods of held-out pictures', 60);
  await v.screenshot('tarflow-pictures-light');
  await v.click('grid.6');
  await v.until((now) => now.state.includes('sample=6'), 'another picture');
  await v.page.mouse.move(...await v.place('temperature'));
  await v.until((now) => now.highlight === 'temperature', 'the symbol of the touched dial');
  assert.deepEqual(v.errors, []);
});

test('Jacobi and groups give the same pictures; the baseline module as well', async (t) => {
  const v = await visit(t, lab(isolated.url, 'seconds=0'));
  let s = await v.until(sampled, 'the pictures', 120);
  const { raw } = s.sheet;
  for (const [i, name] of [[1, 'jacobi'], [2, 'gsj']]) {
    const { run } = s.sheet;
    await v.click(`sampler.${i}`);
    s = await v.until((now) => sampledAfter(run)(now) && now.sheet.costs[i] > 0, name, 120);
    assert.equal(s.sampler, name);
    t.diagnostic(`${name}: ${s.sheet.runs} runs, ${s.sheet.costs[i].toFixed(0)} ms; from token by token at most ${worst(s.sheet.raw, raw).toExponential(1)}`);
    assert.ok(worst(s.sheet.raw, raw) < 0.05, `${name} differs by ${worst(s.sheet.raw, raw)}`);
  }
  const other = await visit(t, `${plain.url}?module=baseline#${s.state}`);
  const o = await other.until(sampled, 'the same pictures without threads', 180);
  assert.equal(o.module, 'baseline');
  assert.ok(worst(s.sheet.raw, o.sheet.raw) < 0.02, `the modules differ by ${worst(s.sheet.raw, o.sheet.raw)}`);
  assert.deepEqual([...v.errors, ...other.errors], []);
});

test('choices, guidance, temperature, another noise: other pictures, and the address follows', async (t) => {
  const v = await visit(t, lab(isolated.url, 'seconds=0&theme=dark'));
  let s = await v.until(sampled, 'the pictures', 120);
  const changes = async (what) => {
    const { run } = s.sheet;
    s = await v.until(sampledAfter(run), what, 120);
  };
  await v.drag([await v.place('guidance', 0.05), await v.place('guidance', 0.5)]);
  await changes('guidance');
  await v.page.keyboard.press('n');
  await changes('new noise');
  await v.drag([await v.place('temperature', 0.7), await v.place('temperature', 0.4)]);
  await changes('a lower temperature');
  await v.click('denoise');
  await v.until((now) => now.state.includes('denoise=0'), 'the noise to be shown');
  await v.screenshot('tarflow-pictures-noisy-dark');
  await v.until(() => /guidance=.*seed=|seed=.*guidance=/.test(v.page.url()) && v.page.url().includes('denoise=0'), 'the address');
  await v.page.keyboard.press('Space');
  await changes('the same once more');
  assert.deepEqual(v.errors, []);
});

test('every further setting works', async (t) => {
  const v = await visit(t, lab(isolated.url, 'seconds=0&sampler=gsj&guidance=1.5'), { viewport: { width: 1440, height: 1500 } });
  await v.until(sampled, 'the pictures', 120);
  await v.click('more');
  await v.until((s) => s.boxes.tolerance, 'the further settings');
  const pressed = { 'form.0': 'form=extrapolate', 'without-labels': 'without-labels=0', ramp: 'ramp=0', 'first-in-order': 'first-in-order=0' };
  for (const [name, text] of Object.entries(pressed)) {
    await v.click(name);
    await v.until((s) => s.state.includes(text) && s.error === '', name);
  }
  for (const name of ['attention', 'alpha', 'group', 'tolerance']) {
    await v.drag([await v.place(name, 0.5), await v.place(name, 0.05)]);
    await v.until((s) => new RegExp(`[?&]${name}=`).test(s.state) && s.error === '', `the dial ${name}`);
  }
  const { sheet } = await v.state();
  await v.click('again');
  await v.until(sampledAfter(sheet.run), 'pictures by these settings', 120);
  await v.screenshot('tarflow-pictures-more');
  assert.deepEqual(v.errors, []);
});

test('a picture goes to noise, is changed there, and comes back', async (t) => {
  const v = await visit(t, lab(isolated.url, 'view=latent&picture=9'));
  let s = await v.until(inverted, 'the way back', 120);
  assert.equal(s.latent.changed, false);
  assert.ok(s.latent.error < 1e-3, `round trip ${s.latent.error}`);
  t.diagnostic(`there and back: error ${s.latent.error.toExponential(1)}, ${s.latent.runs} runs, ${s.latent.ms.toFixed(0)} ms`);
  await v.screenshot('tarflow-pictures-inverted');
  const changes = async (what) => {
    const { answer } = s.latent;
    s = await v.until((now) => invertedAfter(answer)(now) && now.latent.changed, what, 60);
  };
  await v.drag([await v.place('picture.noise', 0.2, 0.3), await v.place('picture.noise', 0.8, 0.3)]);
  await changes('silenced tokens');
  assert.match(s.state, /silent=/);
  await v.screenshot('tarflow-pictures-silenced');
  await v.click('undo');
  s = await v.until((now) => inverted(now) && !now.latent.changed, 'the undone change');
  await v.drag([await v.place('blend', 0.02), await v.place('blend', 0.5)]);
  await changes('a blend');
  await v.drag([await v.place('grain', 0.02), await v.place('grain', 0.3)]);
  await changes('fresh noise');
  await v.click('end.1');
  await v.click('held-out.20');
  await v.until((now) => now.state.includes('other=20'), 'another far end');
  await v.click('draw');
  await v.until((now) => now.editing && now.boxes.palette, 'the editor');
  await v.click('colour.3');
  await v.drag([await v.place('picture.source', 0.1, 0.1), await v.place('picture.source', 0.9, 0.9)]);
  await v.until((now) => now.state.includes('source=own'), 'a drawn picture');
  await v.screenshot('tarflow-pictures-drawn');
  await v.click('editor.done');
  assert.deepEqual(v.errors, []);
});

test('a sample can be inverted; a dropped PNG is scored', async (t) => {
  const v = await visit(t, lab(isolated.url, 'seconds=0'));
  await v.until(sampled, 'the pictures', 120);
  await v.click('invert');
  await v.until((s) => s.state.includes('source=sampled') && inverted(s), 'its noise', 60);
  await v.drop('face.png', avatar);
  await v.until((s) => s.state.includes('source=own'), 'the dropped picture');
  await v.click('view.2');
  const s = await v.until((now) => now.likelihood.scored === 64 && now.likelihood.suspects.every(Number.isFinite), 'its likelihood', 90);
  const [, , , shuffled, , noise] = s.likelihood.suspects;
  assert.ok(noise > s.likelihood.mean + 1 && shuffled > s.likelihood.mean, `noise ${noise}, held out ${s.likelihood.mean}`);
  t.diagnostic(`held out ${s.likelihood.mean.toFixed(3)} nats/dim; disguises ${s.likelihood.suspects.map((x) => x.toFixed(2)).join(', ')}`);
  await v.click('disguise.4');
  await v.until((now) => now.state.includes('disguise=flat'), 'the flat picture');
  await v.screenshot('tarflow-pictures-likelihood');
  await v.click('bits');
  const bytes = await v.until((now) => now.likelihood.bits && now.likelihood.scored === 64 && now.likelihood.suspects.every(Number.isFinite),
    'its likelihood by the model of bytes', 90);
  assert.ok(bytes.likelihood.mean > 0 && bytes.likelihood.suspects[5] > bytes.likelihood.mean + 1, `bits ${JSON.stringify(bytes.likelihood)}`);
  t.diagnostic(`held out ${bytes.likelihood.mean.toFixed(3)} bits/dim`);
  assert.deepEqual(v.errors, []);
});

test('a failed download is told and tried again; a bad address is explained', async (t) => {
  const v = await visit(t, isolated.url);
  await v.context.route('**/models/tarflow-avatars.safetensors', (route) => route.abort());
  await v.openLab('tarflow-pictures');
  await v.until((s) => s.weights === 'failed' && s.model_error && s.boxes.retry, 'the failure');
  await v.screenshot('tarflow-pictures-failed');
  await v.context.unroute('**/models/tarflow-avatars.safetensors');
  await v.click('retry');
  await v.until(sampled, 'the pictures after all', 120);
  const bad = await visit(t, lab(isolated.url, 'guidance=99'));
  assert.match((await bad.state()).toast, /guidance must be/);
  assert.deepEqual([...v.errors, ...bad.errors], []);
});

test('fits a phone', async (t) => {
  const v = await visit(t, lab(isolated.url, 'theme=dark&sampler=jacobi'),
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  const s = await v.until(sampled, 'the pictures', 120);
  assert.equal(s.sheet.count, 8);
  const inside = ({ boxes }) => {
    for (const [name, [x, , w]] of Object.entries(boxes)) {
      assert.ok(x >= -1 && x + w <= 391, `${name} is cut off: ${x} + ${w}`);
    }
  };
  inside(s);
  await sleep(400);
  await v.screenshot('tarflow-pictures-phone');
  const tap = async (name) => v.page.touchscreen.tap(...await v.place(name));
  await tap('view.1');
  inside(await v.until(inverted, 'the way back', 90));
  await tap('settings');
  await v.until((now) => now.boxes.blend, 'the sheet');
  await sleep(600);
  await v.screenshot('tarflow-pictures-phone-settings');
  await tap('settings');
  await tap('view.2');
  inside(await v.until((now) => now.likelihood.scored === 64 && now.likelihood.suspects.every(Number.isFinite), 'likelihoods', 90));
  await sleep(400);
  await v.screenshot('tarflow-pictures-phone-likelihood');
  assert.deepEqual(v.errors, []);
});
