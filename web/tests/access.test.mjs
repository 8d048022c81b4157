// The page for those who do not see the canvas, have no mouse, or type with more than keys.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, visit } = setUp();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** Labs that train: they are read while they rest. */
const training = ['flow2d', 'distill2d', 'distill-pictures', 'tarflow2d', 'experts-geometry', 'experts-balance'];
const labs = ['flow2d', 'pictures', 'distill2d', 'distill-pictures', 'tarflow2d', 'tarflow-pictures', 'ddcm', 'experts-geometry', 'experts-balance', 'experts-pictures'];

/** Elements of the mirror as they are named. */
const named = (v) => v.page.evaluate(() => [...document.querySelectorAll('#mirror > *')].map((element) => ({
  name: element.id.replace(/^control-/, ''),
  tag: element.tagName,
  label: element.getAttribute('aria-label') ?? element.textContent,
})));
const focused = (v) => v.page.evaluate(() => document.activeElement?.id.replace(/^control-/, '') ?? '');

for (const lang of ['en', 'zh']) {
  test(`every control of every lab has a name, and axe finds nothing (${lang})`, async (t) => {
    const v = await visit(t, `${isolated.url}#flow2d?lang=${lang}&play=0`);
    await v.page.evaluate(axe);
    for (const lab of labs) {
      await v.page.evaluate((address) => { location.hash = address; }, `${lab}?lang=${lang}${training.includes(lab) ? '&play=0' : ''}`);
      await v.until((s) => s.lab === lab && s.language === lang, lab);
      await v.page.waitForFunction((id) => document.querySelector('[aria-current=page]') && window.rivulet.state().lab === id
        && document.querySelector('#mirror > p'), lab);
      await sleep(400);
      const controls = await named(v);
      assert.ok(controls.length > 15, `${controls.length} controls of ${lab}`);
      const nameless = controls.filter(({ label }) => !label.trim());
      assert.deepEqual(nameless, [], lab);
      const raw = controls.filter(({ name, label, tag }) => tag !== 'P' && label === name).map(({ name }) => name);
      if (lang !== 'en') assert.deepEqual(raw, [], `${lab}: controls that have only their inner name`);
      const { violations } = await v.page.evaluate(() => window.axe.run(document, { rules: { 'color-contrast': { enabled: false } } }));
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html)]), [], lab);
    }
  });
}

test('the keyboard walks through the controls, uses them, and leaves at both ends', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`);
  await v.page.waitForSelector('#mirror > button');
  const { keyboard } = v.page;
  assert.equal(await focused(v), 'canvas');
  const walked = [];
  for (let i = 0; i < 120; ++i) {
    await keyboard.press('Tab');
    const name = await focused(v);
    if (!name) break;
    walked.push(name);
  }
  assert.ok(walked.length > 20 && walked.length < 120, `${walked.length} stops, then the browser`);
  assert.equal(new Set(walked).size, walked.length, 'each once');
  for (const name of ['theme', 'system.tarflow', 'play', 'method.shortcut', 'rate']) assert.ok(walked.includes(name), name);
  // A dial turns by arrows, and its ring is drawn.
  await v.page.focus('#control-rate');
  await keyboard.press('Shift+Tab');
  await keyboard.press('Tab');
  assert.equal(await focused(v), 'rate');
  const before = (await v.state()).state;
  await keyboard.press('ArrowLeft');
  await v.until((s) => s.state !== before && /rate=/.test(s.state), 'the dial');
  await v.screenshot('keyboard-ring');
  // A button by Enter, another by the space bar.
  await v.page.focus('#control-method\\.mean-flow');
  await keyboard.press('Enter');
  await v.until((s) => s.sides[0].method === 'mean-flow', 'Enter');
  await v.page.focus('#control-play');
  await keyboard.press('Space');
  await v.until((s) => s.playing, 'the space bar');
  await v.page.focus('#control-help');
  await keyboard.press('Shift+Tab');
  assert.equal(await focused(v), 'canvas');
  assert.deepEqual(v.errors, []);
});

test('a screen reader presses, turns and hears', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`);
  await v.page.getByRole('button', { name: 'TarFlow' }).evaluate((element) => element.click()); // as readers do
  await v.until((s) => s.lab === 'tarflow2d', 'the tab');
  await v.page.waitForFunction(() => document.querySelector('#control-system\\.tarflow').getAttribute('aria-current') === 'page');
  const dial = v.page.getByRole('slider').first();
  const name = await dial.getAttribute('aria-label');
  const was = await dial.getAttribute('aria-valuetext');
  await dial.evaluate((element) => element.focus());
  await v.page.keyboard.press('ArrowRight');
  await v.page.waitForFunction(([label, old]) => document.querySelector(`#mirror [aria-label="${label}"]`)?.getAttribute('aria-valuetext') !== old, [name, was]);
  await v.paste('nonsense');
  await v.page.waitForFunction(() => document.getElementById('said').textContent.includes('nothing was changed'));
  // What lies below the help is not read while it is open.
  await v.page.keyboard.press('F1');
  await v.page.waitForFunction(() => document.getElementById('control-help.close') && !document.getElementById('control-theme'));
  await v.page.getByRole('button', { name: 'Close' }).first().evaluate((element) => element.click());
  await v.page.waitForFunction(() => document.getElementById('control-theme'));
  assert.deepEqual(v.errors, []);
});

test('a tap on a field of a phone opens its keyboard; Chinese is composed there', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm`, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  await v.until((s) => s.trace?.finished, 'a code', 120);
  await v.page.touchscreen.tap(...await v.place('settings'));
  await v.page.waitForSelector('#control-field.seen');
  await sleep(500);
  await v.page.touchscreen.tap(...await v.place('field'));
  assert.equal(await focused(v), 'field');
  const keys = await v.context.newCDPSession(v.page);
  await keys.send('Input.imeSetComposition', { text: 'xi', selectionStart: 2, selectionEnd: 2 });
  await keys.send('Input.insertText', { text: '细流' });
  assert.equal(await v.page.inputValue('#control-field'), '细流');
  await v.screenshot('phone-field');
  await v.page.keyboard.press('Control+A');
  await v.page.keyboard.type('550e8400-e29b-41d4-a716-446655440000');
  await v.until((s) => s.code?.text === '550e8400-e29b-41d4-a716-446655440000', 'the typed code', 60);
  await v.page.waitForFunction(() => document.getElementById('control-field')?.value === '');
  assert.deepEqual(v.errors, []);
});
