// The page without a network, and what a new version does to it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setUp, site, sleep } from './browser.mjs';
import { serve } from './server.mjs';

const { visit } = setUp();
const source = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A site of its own that the test can change and take away. */
const own = async (t, options) => {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-site-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(site, folder, { recursive: true });
  const server = await serve(folder, options);
  t.after(() => server.close());
  return { folder, server };
};

/** Until `test`, which runs in the page and may wait for something there, holds. (To waitForFunction a promise is an answer.) */
const holds = async (v, test, what) => {
  const end = Date.now() + 60000;
  while (!await v.page.evaluate(test).catch(() => false)) {
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
    await sleep(100);
  }
};

/** Until the service worker keeps everything that the page was made of. */
const kept = (v) => holds(v, async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith('rivulet-page-'));
  if (names.length !== 1) return false;
  const cache = await caches.open(names[0]);
  const urls = (await cache.keys()).map(({ url }) => url);
  const { module } = window.rivulet;
  return ['index.html', 'start.mjs', 'mirror.mjs', `rivulet-${module}.js`, `rivulet-${module}.wasm`].every((name) => urls.some((url) => url.endsWith(name)));
}, 'the page to be kept');

for (const isolated of [true, false]) {
  test(`after one visit the app starts without a network, with the models it used (${isolated ? 'isolated' : 'plain'} host)`, async (t) => {
    const { server } = await own(t, { isolated });
    const v = await visit(t, `${server.url}#pictures`);
    await v.until((s) => s.models?.[0].weights === 'ready', 'the model');
    await v.until((s) => s?.module === 'threads', 'threads');
    await kept(v);
    await holds(v, async () => (await (await caches.open('rivulet-files')).keys()).length > 0, 'weights to be kept');
    await server.close();
    await v.page.goto(`${server.url}#flow2d`);
    await v.page.reload();
    const s = await v.until((now) => now?.frames > 5 && now.step > 3, 'the app without a network');
    assert.equal(s.module, 'threads');
    assert.deepEqual(v.errors, []);
  });
}

test('everything is kept on request, its size said before', async (t) => {
  const { server } = await own(t);
  const v = await visit(t, `${server.url}#flow2d?play=0`);
  await v.click('help'); // the service worker is not there yet: it is waited for
  await v.click('help.offline');
  const offer = await v.page.waitForFunction(() => /\d+ MB/.exec(document.querySelector('#notice p').textContent)?.[0]);
  assert.ok(parseFloat(await offer.jsonValue()) > 40, 'all weights');
  await v.screenshot('keep-offline');
  await v.page.click('#notice button');
  await v.page.waitForFunction(() => /Everything is kept/.test(document.querySelector('#notice p').textContent), undefined, { timeout: 60000 });
  await kept(v);
  await server.close();
  await v.page.goto(`${server.url}#experts-pictures?lang=zh`);
  await v.page.reload();
  const s = await v.until((now) => now?.lab === 'experts-pictures' && now.language === 'zh' && now.loaded === 1, 'a lab never seen, in Chinese, without a network');
  assert.equal(s.module, 'threads');
  assert.deepEqual(v.errors, []);
});

test('a new version is told, waits until it is wanted, and comes whole', async (t) => {
  const { folder, server } = await own(t);
  const v = await visit(t, `${server.url}#flow2d?play=0`);
  await kept(v);
  await v.page.reload();
  await v.until((s) => s?.frames > 3, 'the kept page');
  await sleep(5000); // it has asked for a new version by now, and there was none
  appendFileSync(join(folder, 'start.mjs'), '\nwindow.rivuletVersion = 2;\n');
  execFileSync('/usr/bin/python3', [join(source, 'cmake/web/stamp.py'), join(source, 'web/sw.js'), folder]);
  await v.page.reload();
  await v.until((s) => s?.frames > 3, 'the page');
  assert.equal(await v.page.evaluate(() => window.rivuletVersion), undefined, 'the old one, whole');
  await v.page.waitForSelector('#notice:not([hidden])', { timeout: 60000 });
  assert.match(await v.page.textContent('#notice p'), /new version/);
  await v.screenshot('new-version');
  await v.page.click('#notice button');
  await v.page.waitForFunction(() => window.rivuletVersion === 2, undefined, { timeout: 30000 });
  await v.until((s) => s?.frames > 3, 'the new page');
  assert.deepEqual(v.errors, []);
});
