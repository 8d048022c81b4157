// The page in Firefox and in WebKit: the module that each can run, every lab, keys and clicks, and one face alike in all engines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from './browser.mjs';
import { engines, Guest } from './engines.mjs';

const { isolated, visit } = setUp();

const UUID = '550e8400-e29b-41d4-a716-446655440000';
const modules = { firefox: 'threads', webkit: 'simd' };
const labs = ['flow2d', 'pictures', 'distill2d', 'distill-pictures', 'tarflow2d', 'tarflow-pictures', 'ddcm', 'experts-geometry', 'experts-balance', 'experts-pictures'];
const agreement = (a, b) => -10 * Math.log10(a.reduce((sum, v, i) => sum + ((v - b[i]) / 2) ** 2, 1e-12) / a.length);

for (const name of Object.keys(engines)) {
  test(`${name}: trains with threads, shows every lab, answers clicks and keys`, async (t) => {
    const guest = await Guest.open(name);
    t.after(() => guest.close());
    await guest.goto(isolated.url);
    let s = await guest.until((now) => now.step > 100, 'training', 120);
    assert.equal(s.module, modules[name]);
    assert.equal(s.threads, true);
    t.diagnostic(`first frame ${s.first_frame_ms.toFixed(0)} ms, ${s.steps_per_second.toFixed(0)} steps/s`);
    await guest.screenshot('flow2d');
    await guest.click('play');
    await guest.until((now) => !now.playing, 'the pause by a click');
    await guest.engine.press(' ');
    await guest.until((now) => now.playing, 'training by the space bar');
    await guest.engine.press('d');
    await guest.until((now) => now.drawing, 'the sketch by its letter');
    for (const lab of labs) {
      await guest.engine.evaluate(`(location.hash = '${lab}', true)`);
      const before = await guest.until((now) => now.lab === lab, lab);
      await guest.until((now) => now.frames > before.frames + 3, `frames of ${lab}`);
      await guest.screenshot(lab);
    }
    await guest.click('system.ddcm');
    await guest.until((now) => now.lab === 'ddcm' && now.trace?.finished, 'a code', 180);
    await guest.click('field');
    await guest.engine.type(UUID);
    s = await guest.until((now) => now.code?.text === UUID && now.trace.finished, 'the typed code', 120);
    const v = await visit(t, `${isolated.url}#ddcm?source=code&code=${UUID}`);
    const chromium = await v.until((now) => now.trace?.finished && now.code.text === UUID, 'the code in Chromium', 120);
    const decibels = agreement(s.trace.picture, chromium.trace.picture);
    t.diagnostic(`the same code in ${name} and in Chromium: ${decibels.toFixed(0)} dB`);
    assert.ok(decibels >= 50, `${decibels} dB`);
  });
}
