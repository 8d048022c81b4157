// The language: the browser's, the link's, and the switch, while a network trains.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { setUp, site } from './browser.mjs';

const { isolated, visit } = setUp();
const faces = ['Regular', 'Bold'].map((weight) => `fonts/NotoSansSC-${weight}.otf`);
const chinese = (text) => /[\u4e00-\u9fff]/.test(text);

/** The files of fonts/ that a page has asked for. */
const fetched = (v) => v.page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('/fonts/')).length);

test('the Chinese fonts are small', (t) => {
  const bytes = faces.map((name) => gzipSync(readFileSync(join(site, name)), { level: 9 }).length);
  t.diagnostic(`${bytes.join(' + ')} bytes gzipped`);
  assert.ok(bytes[0] + bytes[1] <= 150e3, `${bytes} bytes gzipped`);
});

test('the switch changes every word while training goes on', async (t) => {
  const v = await visit(t, isolated.url);
  const before = await v.until((s) => s.step > 20, 'some training');
  assert.equal(before.language, 'en');
  assert.equal(await v.page.title(), 'Rivulet 细流');
  assert.equal(await fetched(v), 0, 'no font is fetched for English');
  await v.click('language');
  const after = await v.until((s) => s.language === 'zh' && s.step > before.step + 20, 'training in Chinese');
  assert.equal(after.run, before.run, 'the run goes on');
  assert.equal(after.error, '');
  assert.equal(await fetched(v), 2);
  assert.equal(await v.page.title(), '细流 Rivulet');
  assert.equal(await v.page.evaluate(() => document.documentElement.lang), 'zh');
  await v.until(() => v.page.url().includes('lang=zh'), 'the address');
  await v.screenshot('wide-chinese');
  await v.click('language');
  const again = await v.until((s) => s.language === 'en' && s.step > after.step + 20, 'training in English');
  assert.equal(again.run, before.run);
  assert.equal(await v.page.evaluate(() => document.documentElement.lang), 'en');
  assert.deepEqual(v.errors, []);
});

test('the browser chooses where the link does not', async (t) => {
  const options = { locale: 'zh-CN', viewport: { width: 390, height: 844 } };
  const v = await visit(t, isolated.url, options);
  const s = await v.until((now) => now.language === 'zh' && now.step > 5, 'Chinese by default');
  assert.ok(!s.state.includes('lang'), s.state);
  await v.screenshot('phone-chinese');
  await v.close();
  const english = await visit(t, `${isolated.url}#flow2d?lang=en`, options);
  assert.equal((await english.until((now) => now.step > 5, 'training')).language, 'en');
  const linked = await visit(t, `${isolated.url}#tarflow2d?lang=zh&play=0`);
  await linked.until((now) => now.language === 'zh' && now.lab === 'tarflow2d', 'the language of the link');
});

test('errors are said in the language shown', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?lang=zh&play=0`);
  await v.until((s) => s.language === 'zh', 'Chinese');
  await v.page.evaluate(() => window.rivulet.offer('flow2d?width=999999'));
  const s = await v.until((now) => now.toast !== '', 'the complaint');
  assert.ok(chinese(s.toast) && s.toast.includes('999999'), s.toast);
});

test('where the fonts do not come, English stays', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`);
  await v.page.route('**/fonts/*', (route) => route.abort());
  await v.click('language');
  const s = await v.until((now) => now.toast !== '', 'the complaint');
  assert.equal(s.language, 'en');
  await v.page.unroute('**/fonts/*');
  await v.click('language');
  await v.until((now) => now.language === 'zh', 'Chinese at the second try');
});
