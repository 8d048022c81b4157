// The lab "DDCM" in a real browser, by real mouse events on real controls, with the weights that ship.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();

const UUID = '550e8400-e29b-41d4-a716-446655440000';
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const coded = (s) => s.trace?.finished;
const anotherThan = (run) => (s) => coded(s) && s.trace.run > run;
const worst = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
/** PSNR of two pictures, as the report tells them. */
const agreement = (a, b) => -10 * Math.log10(a.reduce((sum, v, i) => sum + ((v - b[i]) / 2) ** 2, 1e-12) / a.length);
const still = (v) => v.until((s) => !s.playing, 'the way to be shown');

test('opens with a face in 16 bytes: a UUID, and its strip of choices', async (t) => {
  const v = await visit(t, isolated.url);
  await v.openLab('ddcm');
  const s = await v.until(coded, 'a code', 120);
  assert.equal(s.lab, 'ddcm');
  assert.match(s.code.text, uuidForm);
  assert.deepEqual([s.code.bytes, s.code.file_bytes, s.code.uuid, s.codes], [16, 16, true, 16]);
  t.diagnostic(`16 bytes in ${s.trace.ms.toFixed(0)} ms (${s.trace.network_ms.toFixed(0)} ms of it in the network)`);
  await still(v);
  const { psnr } = await v.until((now) => now.shown_step === now.trace.steps, 'the picture');
  assert.ok(psnr > 20, `PSNR ${psnr}`);
  await v.screenshot('ddcm-light');
  await v.page.mouse.move(...await v.place('strip', 0.03));
  await v.until((now) => now.hovered_step === 0, 'the step under the mouse');
  await v.page.mouse.move(...await v.place('bytes'));
  await v.until((now) => now.highlight === 'bytes', 'the symbol of the touched dial');
  assert.deepEqual(v.errors, []);
});

test('every UUID is a face: pasted, typed, changed by a click; the same in both modules', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm`);
  let s = await v.until(coded, 'a code', 120);
  await v.paste(`  ${UUID.toUpperCase()}\n`);
  s = await v.until((now) => anotherThan(s.trace.run)(now) && now.code.text === UUID, 'its face', 60);
  assert.ok(s.state.includes(`source=code&code=${UUID}`), s.state);
  await still(v);
  await v.screenshot('ddcm-uuid');
  const face = s.trace.picture;
  const other = await visit(t, `${plain.url}?module=baseline#${s.state}`);
  const o = await other.until((now) => now && coded(now), 'the same face without threads', 120);
  assert.equal(o.code.text, UUID);
  assert.ok(agreement(face, o.trace.picture) > 50, `${agreement(face, o.trace.picture)} dB`);
  t.diagnostic(`the same UUID in both modules: ${agreement(face, o.trace.picture).toFixed(0)} dB, largest difference ${worst(face, o.trace.picture).toExponential(1)}`);
  await v.click('uuid.0');
  s = await v.until((now) => anotherThan(s.trace.run)(now) && now.code.text !== UUID, 'another first byte', 60);
  assert.equal(s.code.text.slice(2), UUID.slice(2));
  assert.ok(worst(s.trace.picture, face) > 0.05);
  await v.click('field');
  await v.page.keyboard.type(UUID);
  s = await v.until((now) => anotherThan(s.trace.run)(now) && now.code.text === UUID, 'the typed UUID', 60);
  assert.ok(worst(s.trace.picture, face) < 1e-3);
  await v.paste('550e8400-e29b-41d4-a716-44665544'); // into the field
  await v.page.keyboard.press('Enter');
  await v.until((now) => /could not be used/.test(now.toast), 'a word about a UUID that is cut off');
  assert.deepEqual([...v.errors, ...other.errors], []);
});

/** The command line, and what it makes in a folder of the test's own. */
const rivulet = process.env.RIVULET ?? fileURLToPath(new URL('../../build/native/rivulet', import.meta.url));
const native = async (...args) => (await promisify(execFile)(rivulet, args)).stdout.trim();
/** A PNG's pixels as the report tells a picture's. */
const valuesOf = (v, path) => v.page.evaluate(async (bytes) => {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]), { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return [...data].filter((_, i) => i % 4 < 3).map((level) => level / 127.5 - 1);
}, [...readFileSync(path)]);

for (const module of ['threads', 'baseline']) {
  test(`the same picture everywhere: codes go from the browser (${module}) to the command line and back`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rivulet-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [face, back] = ['face.png', 'back.png'].map((name) => join(folder, name));
    const v = await visit(t, module === 'threads' ? `${isolated.url}#ddcm?picture=7` : `${plain.url}?module=baseline#ddcm?picture=7`);
    let s = await v.until((now) => now && coded(now), 'a code', 120);
    assert.equal(s.module, module);
    const alike = async (shown, path, what) => {
      const dB = agreement(shown, await valuesOf(v, path));
      t.diagnostic(`${module}, ${what}: ${dB.toFixed(0)} dB between the two decodings`);
      assert.ok(dB >= 50, `${what}: ${dB} dB`);
    };
    await native('decode', '--uuid', s.code.text, back);
    await alike(s.trace.picture, back, 'a UUID from the browser');
    await v.drag([await v.place('bytes', 0.3), await v.place('bytes', 0.7)]);
    s = await v.until((now) => now.bytes === 64 && coded(now) && now.code.bytes === 64, '64 bytes', 120);
    await native('decode', '--text', s.code.text, back);
    await alike(s.trace.picture, back, '64 bytes from the browser');
    await native('decode', '--uuid', UUID, face);
    for (const [how, ...options] of [['--uuid'], ['--text', '--codes', '64']]) {
      const text = await native('encode', how, ...options, face);
      await native('decode', how, text, back);
      await v.paste(text);
      s = await v.until((now) => anotherThan(s.trace.run)(now) && now.code.text === text, 'the pasted code', 120);
      await alike(s.trace.picture, back, `${how.slice(2)} from the command line`);
    }
    assert.deepEqual(v.errors, []);
  });
}

test('one avatar in 100 steps, 96 of them with 256 vectors: what each stage takes', async (t) => {
  for (const [module, address] of [['threads', isolated.url], ['baseline', `${plain.url}?module=baseline`]]) {
    for (const codebook of ['per-step', 'hadamard']) {
      const v = await visit(t, `${address}#ddcm?bytes=96&tail=3&codebook=${codebook}`);
      const first = await v.until((now) => now && coded(now), 'a code', 120); // made before the browser's compiler is done
      await v.click('roll');
      const s = await v.until(anotherThan(first.trace.run), 'another face', 60);
      const { steps, ms, network_ms: network, codebook_ms: vectors, search_ms: search } = s.trace;
      t.diagnostic(`${module}, ${codebook}: ${ms.toFixed(0)} ms (network ${network.toFixed(0)}, making vectors ${vectors.toFixed(0)}, inner products ${search.toFixed(0)})`);
      assert.equal(steps, 100);
      assert.ok(network > 0 && network + vectors + search <= ms);
    }
  }
});

test('more bytes, a truer picture; the text comes back as the same picture', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm?picture=12`);
  let s = await v.until(coded, 'a code', 120);
  await still(v);
  const few = (await v.state()).psnr;
  await v.drag([await v.place('bytes', 0.3), await v.place('bytes', 0.7)]);
  s = await v.until((now) => now.bytes === 64 && coded(now) && now.code.bytes === 64, '64 bytes', 90);
  assert.equal(s.code.file_bytes, 76);
  assert.ok(s.code.text.startsWith('DD'), s.code.text);
  await still(v);
  const many = (await v.until((now) => now.shown_step === now.trace.steps, 'its end')).psnr;
  t.diagnostic(`one face: ${few.toFixed(1)} dB in 16 bytes, ${many.toFixed(1)} dB in 64`);
  assert.ok(many > few + 2, `${few} dB, then ${many} dB`);
  await v.screenshot('ddcm-64-bytes');
  const { text } = s.code;
  const mine = s.trace.picture;
  await v.click('roll');
  s = await v.until(anotherThan(s.trace.run), 'another face', 60);
  assert.ok(worst(s.trace.picture, mine) > 0.05);
  await v.paste(text);
  s = await v.until((now) => anotherThan(s.trace.run)(now) && now.code.text === text, 'the pasted code', 60);
  assert.ok(agreement(s.trace.picture, mine) > 50);
  await v.paste(`${text.slice(0, -3)}AAA`);
  await v.until((now) => /could not be used/.test(now.toast), 'a word about a damaged code');
  assert.deepEqual(v.errors, []);
});

test('a searched code, other forms, details in the address', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm?picture=3`);
  let s = await v.until(coded, 'a code', 120);
  await still(v);
  const greedy = (await v.state()).psnr;
  await v.drag([await v.place('effort', 0.03), await v.place('effort', 0.33)]);
  s = await v.until((now) => now.state.includes('effort=1') && anotherThan(s.trace.run)(now), 'the search', 120);
  await still(v);
  const searched = (await v.until((now) => now.shown_step === now.trace.steps, 'its end')).psnr;
  t.diagnostic(`effort: ${greedy.toFixed(1)} dB, then ${searched.toFixed(1)} dB, in ${s.trace.ms.toFixed(0)} ms`);
  assert.ok(searched >= greedy, 'never worse, colours snapped');
  await v.click('more');
  await v.click('form.2');
  s = await v.until((now) => now.state.includes('form=turbo') && anotherThan(s.trace.run)(now), 'Turbo', 60);
  assert.equal(s.code.uuid, false);
  await v.until(() => v.page.url().includes('form=turbo'), 'the address');
  await v.screenshot('ddcm-details');
  assert.deepEqual(v.errors, []);
});

test('draws a face, drops a file, saves the picture and the code', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm?bytes=32`, { acceptDownloads: true });
  let s = await v.until(coded, 'a code', 120);
  await still(v);
  await v.click('draw');
  await v.until((now) => now.editing && now.boxes['colour.3'], 'the colours');
  await v.click('colour.3');
  await v.drag([await v.place('canvas', 0.1, 0.1), await v.place('canvas', 0.9, 0.1), await v.place('canvas', 0.9, 0.4)]);
  s = await v.until((now) => now.state.includes('source=own') && anotherThan(s.trace.run)(now), 'the drawing coded', 60);
  await sleep(300);
  await v.screenshot('ddcm-draw');
  const drawn = s.state;
  await v.click('editor.undo');
  s = await v.until((now) => anotherThan(s.trace.run)(now) && now.state !== drawn, 'the stroke undone', 60);
  await v.click('editor.done');
  await v.until((now) => !now.editing, 'the end of drawing');
  await v.drop('face.png', readFileSync(new URL('../../assets/pictures/avatars-train.png', import.meta.url)));
  s = await v.until((now) => anotherThan(s.trace.run)(now) && now.state.includes('source=own'), 'the dropped picture', 60);
  await v.drop('broken.png', Buffer.from('\x89PNG\r\n\x1a\n and then nothing', 'latin1'));
  await v.until((now) => /could not be used/.test(now.toast), 'a word about a broken file');
  const save = async (name) => {
    const [download] = await Promise.all([v.page.waitForEvent('download', { timeout: 30000 }), v.click(name)]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  };
  await still(v);
  const picture = await save('save');
  assert.equal(picture.name, 'rivulet-ddcm-32-bytes.png');
  assert.deepEqual([picture.bytes.readUInt32BE(16), picture.bytes.readUInt32BE(20)], [512, 512]);
  const code = await save('save.code');
  assert.equal(code.name, 'rivulet-32-bytes.ddcm');
  assert.equal(code.bytes.length, s.code.file_bytes);
  await v.drop('again.ddcm', code.bytes);
  s = await v.until((now) => now.state.includes('source=code') && anotherThan(s.trace.run)(now), 'the dropped code', 60);
  assert.equal(s.code.text, code.bytes.toString('base64url'));
  assert.deepEqual(v.errors, []);
});

test('restores what a brush has taken away', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm?theme=dark`);
  await v.until(coded, 'a code', 120);
  await v.click('view.1');
  let s = await v.until((now) => now.state.includes('view=restore') && now.trace.steps === 65 && coded(now), 'a restoration', 120);
  await v.drag([await v.place('brush', 0.05, 0.9), await v.place('brush', 0.95, 0.9)]);
  s = await v.until((now) => now.state.includes('mask=') && anotherThan(s.trace.run)(now), 'another mask', 120);
  await still(v);
  await v.screenshot('ddcm-restore-dark');
  for (const task of [2, 3, 4]) {
    await v.click(`task.${task}`);
    s = await v.until(anotherThan(s.trace.run), `task ${task}`, 120);
  }
  await v.click('again');
  s = await v.until((now) => now.state.includes('again=2') && anotherThan(s.trace.run)(now), 'another guess', 120);
  await still(v);
  await v.screenshot('ddcm-colour-dark');
  assert.deepEqual(v.errors, []);
});

test('argmax or sample? In the plane one leaves the course, the other does not', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm?view=plane&plane=argmax&k=256`);
  let s = await v.until((now) => now.plane?.finished, 'the walks', 120);
  assert.equal(s.weights, 'none', 'the model of faces is not fetched for this');
  s = await v.until((now) => now.plane.curves[1]?.[3] > 0 && now.plane.curves[4]?.[3] > 0, 'some of the curves', 240);
  assert.ok(s.plane.curves[1][3] > 2 * s.plane.curves[4][3], JSON.stringify(s.plane.curves));
  await still(v);
  await v.screenshot('ddcm-plane');
  const { run } = s.plane;
  await v.click('plane.4');
  await v.until((now) => now.plane.run > run && now.plane.finished && !now.state.includes('plane='), 'importance', 60);
  await v.drag([await v.place('size', 0.7), await v.place('size', 0.1)]);
  await v.until((now) => /k=[24]\b/.test(now.state) && now.plane.finished, 'few vectors', 60);
  await v.drag([await v.place('time', 0.95), await v.place('time', 0.4)]);
  await v.until((now) => /time=0\.[34]/.test(now.state), 'the time');
  assert.deepEqual(v.errors, []);
});

test('a failed download is told and tried again', async (t) => {
  const v = await visit(t, isolated.url);
  const weights = '**/models/*avatars.safetensors';
  await v.context.route(weights, (route) => route.abort());
  await v.openLab('ddcm');
  await v.until((s) => s.weights === 'failed' && s.model_error, 'the failure');
  await v.screenshot('ddcm-failed');
  await v.context.unroute(weights);
  await v.click('retry');
  await v.until(coded, 'a code after all', 120);
  assert.deepEqual(v.errors, []);
});

test('fits a phone', async (t) => {
  const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
  const inside = ({ boxes }) => {
    for (const [box, [x, , w]] of Object.entries(boxes)) assert.ok(x >= -1 && x + w <= 391, `${box} is cut off: ${x} + ${w}`);
  };
  const dark = await visit(t, `${isolated.url}#ddcm?source=code&code=${UUID}&theme=dark`, phone);
  inside(await dark.until(coded, 'a code', 120));
  await still(dark);
  await dark.screenshot('ddcm-phone-dark');
  await dark.close();
  const v = await visit(t, `${isolated.url}#ddcm?theme=light`, phone);
  let s = await v.until(coded, 'a code', 120);
  inside(s);
  await still(v);
  await v.screenshot('ddcm-phone-light');
  const tap = async (control) => {
    await v.rests(control);
    await v.page.touchscreen.tap(...await v.place(control));
  };
  await tap('settings');
  await v.rests('sample.3');
  await v.screenshot('ddcm-phone-settings');
  await tap('sample.3');
  s = await v.until((now) => now.state.includes('picture=3') && anotherThan(s.trace.run)(now), 'another face', 60);
  await tap('settings');
  await tap('view.1');
  await v.until((now) => now.trace.steps === 65 && coded(now), 'a restoration', 120);
  await still(v);
  await v.screenshot('ddcm-phone-restore');
  await tap('view.2');
  await v.until((now) => now.plane.finished, 'the walks', 120);
  await still(v);
  await v.screenshot('ddcm-phone-plane');
  inside(await v.state());
  assert.deepEqual([...dark.errors, ...v.errors], []);
});
