// The lab "Experts, Pictures" in a real browser, by real mouse events on real controls, with the weights that ship.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();

const sampled = (s) => s.weights === 'ready' && s.steps > 0 && s.known === s.steps;
const compared = (s) => sampled(s) && s.known_without === s.steps && s.difference > 0;

test('opens, samples, and says who took the patches', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('experts-pictures');
  const s = await v.until(sampled, 'the pictures', 120);
  assert.equal(s.layers, 6);
  assert.equal(s.load.length, s.experts);
  assert.ok(Math.abs(s.load.reduce((a, b) => a + b, 0) - 1) < 1e-3, `loads ${s.load}`);
  assert.ok(s.active < s.parameters, `${s.active} of ${s.parameters} numbers are active`);
  t.diagnostic(`8 pictures: ${s.ms.toFixed(1)} ms a step on one thread`);
  await v.until((now) => now.preferred.pictures === 64, 'what experts take of 64 real pictures', 120);
  await v.until((now) => now.place === now.steps && !now.playing, 'the way to be shown');
  await v.screenshot('experts-pictures-light');
  await v.page.mouse.move(...await v.place('expert.3'));
  await v.until((now) => now.highlight === 'silenced', 'the symbol of the touched expert');
  assert.deepEqual(v.errors, []);
});

test('an expert falls silent, in one layer and in all; the address follows', async (t) => {
  const v = await visit(t, `${isolated.url}#experts-pictures?theme=dark&steps=8`);
  await v.until(sampled, 'the pictures', 120);
  await v.click('expert.1');
  const one = await v.until(compared, 'the pictures without it', 60);
  assert.match(one.state, /silenced=0\.0\.2(&|$)/);
  await v.click('everywhere.1');
  await v.click('expert.4');
  const all = await v.until((s) => compared(s) && s.state.includes('silenced=10.10.12.10.10.10'), 'the pictures without two');
  t.diagnostic(`difference: ${(100 * one.difference).toFixed(1)} % without one, ${(100 * all.difference).toFixed(1)} % without two`);
  await sleep(500);
  await v.screenshot('experts-pictures-dark');
  const { state } = await v.state();
  const other = await visit(t, `${plain.url}?module=baseline#${state}`);
  const there = await other.until(compared, 'the same without threads', 120);
  assert.equal(there.module, 'baseline');
  assert.ok(Math.abs(there.difference - all.difference) < 0.01, `the modules differ: ${there.difference} and ${all.difference}`);
  await v.click('all');
  await v.until((s) => !s.state.includes('silenced'), 'all to speak');
  assert.deepEqual([...v.errors, ...other.errors], []);
});

test('another layer, another moment, other noise', async (t) => {
  const v = await visit(t, `${isolated.url}#experts-pictures?set=fashion&steps=8`);
  const first = await v.until(sampled, 'the pictures', 120);
  const other = first.layer === 0 ? 5 : 0;
  await v.click(`layer.${other}`);
  // While the course plays, its moment moves.
  const layer = await v.until((s) => s.layer === other && s.place > 2 && String(s.load) !== String(first.load), 'another layer and its load');
  await v.drag([await v.place('time', 0.95), await v.place('time', 0.25)]);
  await v.until((s) => s.place === 2 && /time=0\.2/.test(s.state) && String(s.load) !== String(layer.load),
    'an early moment and its load');
  await v.until((s) => Math.abs(s.preferred.noised - 0.25) < 1e-3 && s.preferred.pictures === 64, 'real pictures as noisy', 60);
  await v.click('load', 0.7);
  await v.until((s) => s.place === 5, 'a moment pressed in the plot');
  await v.click('noise.3');
  await v.until((s) => s.state.includes('picture=3'), 'another picture');
  await v.page.keyboard.press('n');
  await v.until((s) => /seed=\d+/.test(s.state) && sampled(s), 'other noise');
  await v.screenshot('experts-pictures-fashion');
  assert.deepEqual(v.errors, []);
});

test('a model that is not there is explained', async (t) => {
  const v = await visit(t, isolated.url);
  await v.context.route('**/models/moe-avatars.safetensors', (route) => route.abort());
  await v.openLab('experts-pictures');
  const s = await v.until((now) => now.weights === 'failed', 'the trouble');
  assert.ok(s.error.length > 0);
  await v.context.unroute('**/models/moe-avatars.safetensors');
  await v.click('retry');
  await v.until(sampled, 'another try', 120);
  assert.deepEqual(v.errors, []);
});
