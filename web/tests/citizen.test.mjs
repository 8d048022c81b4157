// What the page leaves to the browser, what it lives through, and that it rests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, sleep } from './browser.mjs';

const { isolated, plain, visit } = setUp();

/** The share of the canvas that is black: what no frame has been drawn upon. */
const black = (v) => v.page.evaluate(() => new Promise((done) => {
  requestAnimationFrame(() => {
    const canvas = document.getElementById('canvas');
    const gl = canvas.getContext('webgl2');
    const pixels = new Uint8Array(4 * canvas.width * canvas.height);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let count = 0;
    for (let i = 0; i < pixels.length; i += 4) count += pixels[i] + pixels[i + 1] + pixels[i + 2] === 0;
    done(count / (canvas.width * canvas.height));
  });
}));

const browserKeys = ['F3', 'F5', 'F6', 'F11', 'F12', 'Control+r', 'Control+Shift+R', 'Control+f', 'Control+l', 'Control+p', 'Control+d', 'Control+Equal',
  'Control+Minus', 'Control+0', 'Control+Shift+I', 'Alt+ArrowLeft', 'Alt+ArrowRight', 'Control+c', 'Control+v', 'Control+x', 'Control+a', 'Meta+v', 'Meta+r',
  'Tab', 'Shift+Tab', 'Backspace', 'Home', 'End', 'PageDown'];

test('the browser keeps the keys that the app does not use, and Control with a letter is not the letter', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`);
  await v.page.evaluate(() => {
    window.taken = [];
    addEventListener('keydown', (event) => setTimeout(() => { if (event.defaultPrevented) window.taken.push(event.key); }), true);
    addEventListener('copy', (event) => event.stopImmediatePropagation(), true); // a sentence for each would hide the rest
  });
  const before = await v.until((s) => s.run > 0, 'a run');
  for (const key of browserKeys) await v.page.keyboard.press(key);
  await v.page.mouse.move(...await v.place('picture'));
  await v.page.keyboard.down('Control');
  await v.page.mouse.wheel(0, 100);
  await v.page.keyboard.up('Control');
  for (const letter of 'crd') await v.page.keyboard.press(`Control+${letter}`);
  await sleep(300);
  const after = await v.until((s) => s, 'the app');
  assert.deepEqual(await v.page.evaluate(() => window.taken), []);
  assert.equal(after.state, before.state);
  assert.equal(after.run, before.run, 'no restart');
  await v.page.keyboard.press('d'); // the letter alone is the app's
  await v.until((s) => s.drawing, 'the sketch');
  assert.deepEqual(v.errors, []);
});

test('Control+V and Control+C in a field and beside it', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm`);
  await v.until((s) => s.trace?.finished, 'a code', 120);
  const codes = ['550e8400-e29b-41d4-a716-446655440000', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'];
  await v.paste(codes[0]);
  await v.until((s) => s.code.text === codes[0], 'the code pasted beside the field', 60);
  await v.page.keyboard.press('Control+C');
  await v.until((s) => s.toast.startsWith('Copied'), 'the word of it');
  assert.equal(await v.clipboard(), codes[0]);
  await v.click('field');
  await v.paste(codes[1]);
  await v.until((s) => s.code.text === codes[1], 'the code pasted into the field', 60);
  await v.page.waitForFunction(() => document.getElementById('control-field').value === ''); // it was taken
  await v.page.keyboard.type('abc-def');
  await v.page.keyboard.press('Control+A');
  await v.page.keyboard.press('Control+X');
  assert.equal(await v.clipboard(), 'abc-def');
  await v.click('system.shortcut');
  await v.until((s) => s.lab === 'flow2d', 'another lab');
  await v.page.keyboard.press('Control+C');
  await sleep(200);
  assert.match(await v.clipboard(), /^http:.*#flow2d/, 'where a lab has nothing of its own, the address');
  assert.deepEqual(v.errors, []);
});

test('an address that is typed while a lab is about to write its own is followed', async (t) => {
  const v = await visit(t, 'about:blank', { waits: false });
  await v.page.addInitScript(() => { // on a slow machine a frame is always due, and comes before the event of an address
    const frame = window.requestAnimationFrame;
    window.requestAnimationFrame = (draw) => frame.call(window, (time) => {
      const end = performance.now() + 120;
      while (performance.now() < end);
      draw(time);
    });
  });
  await v.page.goto(`${isolated.url}#flow2d?play=0`);
  await v.until((s) => s?.frames > 2, 'the first frames');
  const labs = ['tarflow2d', 'flow2d'];
  for (let i = 0; i < 8; ++i) {
    await v.page.keyboard.press('Space'); // its settings change: within half a second it writes them
    await sleep(80 * i);
    await v.page.evaluate((lab) => { location.hash = lab; }, labs[i % 2]);
    await v.until((s) => s.lab === labs[i % 2], `${labs[i % 2]}, typed ${80 * i} ms after the change`, 10);
  }
  assert.deepEqual(v.errors, []);
});

test('Back and Forward and typed addresses show the lab that the address names', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d?play=0`);
  const labs = ['tarflow2d', 'ddcm', 'experts-geometry'];
  for (const id of labs) {
    await v.openLab(id);
    await v.until(() => v.page.url().includes(`#${id}`), `the address of ${id}`);
  }
  for (const id of ['ddcm', 'tarflow2d', 'flow2d']) {
    await v.page.goBack();
    await v.until((s) => s?.lab === id && v.page.url().includes(`#${id}`), `back to ${id}`);
    await sleep(600); // what is published now must not cut off the way forward
  }
  await v.page.goForward();
  await v.until((s) => s?.lab === 'tarflow2d', 'forward to tarflow2d');
  await v.page.evaluate(() => { location.hash = 'pictures'; });
  await v.until((s) => s?.lab === 'pictures', 'the typed address');
  await v.page.goBack();
  await v.until((s) => s?.lab === 'tarflow2d', 'back from the typed address');
  assert.deepEqual(v.errors, []);
});

for (const module of ['threads', 'baseline']) {
  test(`sharp and never black at every density and size (${module})`, async (t) => {
    const v = await visit(t, `${isolated.url}?module=${module}#flow2d?play=0`);
    const screen = await v.context.newCDPSession(v.page);
    for (const [width, height, deviceScaleFactor] of [[1440, 900, 1.25], [1152, 720, 1.25], [720, 450, 2], [390, 844, 3], [320, 480, 1], [1440, 900, 1]]) {
      await screen.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor, mobile: false });
      await v.until((s) => s.width === width && s.height === height && Math.abs(s.scale - deviceScaleFactor) < 0.01, `${width}x${height} at ${deviceScaleFactor}`);
      assert.ok(await black(v) < 0.02, `black at ${width}x${height}, ${deviceScaleFactor}`);
    }
    assert.deepEqual(v.errors, []);
  });
}

/** Keeps what the canvas shows as `window[name]`. */
const keep = (v, name) => v.page.evaluate((as) => new Promise((done) => {
  requestAnimationFrame(() => {
    const canvas = document.getElementById('canvas');
    const gl = canvas.getContext('webgl2');
    window[as] = new Uint32Array(canvas.width * canvas.height);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(window[as].buffer));
    done();
  });
}), name);

/** Until nothing works and a second passes without a frame: a tooltip comes late. */
const still = async (v) => {
  for (let drawn = -1; ; await sleep(1000)) {
    const s = await v.state();
    if (!s.working && s.drawn === drawn) return;
    drawn = s.drawn;
  }
};

test('frames of which only the changed parts are drawn look as whole ones', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d`);
  const screen = await v.context.newCDPSession(v.page);
  const resize = async (height) => {
    await screen.send('Emulation.setDeviceMetricsOverride', { width: 1440, height, deviceScaleFactor: 1.25, mobile: false });
    await v.until((s) => s.height === height && s.scale === 1.25, `a height of ${height}`);
  };
  await resize(900);
  const labs = { flow2d: ['target.rings', 'target.spirals', 'play'], pictures: ['roll', 'theme'], ddcm: ['roll', 'language'], 'experts-geometry': ['theme'] };
  for (const [lab, presses] of Object.entries(labs)) {
    await v.openLab(lab);
    await v.until((s) => !s.working || s.step > 20, 'its beginning');
    for (const press of presses) await v.click(press);
    await still(v);
    await keep(v, 'grown');
    await resize(901);
    await resize(900);
    await still(v);
    await keep(v, 'whole');
    const different = await v.page.evaluate(() => window.grown.reduce((sum, pixel, i) => sum + (pixel !== window.whole[i]), 0));
    assert.equal(different, 0, `${lab}: pixels that differ`);
  }
  assert.deepEqual(v.errors, []);
});

test('a lost graphics context comes back with fonts and pictures', async (t) => {
  const v = await visit(t, `${isolated.url}#ddcm`);
  await v.until((s) => s.trace?.finished && !s.playing, 'a picture', 120);
  await v.page.evaluate(() => {
    window.graphics = document.getElementById('canvas').getContext('webgl2').getExtension('WEBGL_lose_context');
    window.graphics.loseContext();
  });
  await sleep(300);
  await v.page.evaluate(() => window.graphics.restoreContext());
  await sleep(800);
  await v.screenshot('restored-context');
  const colours = await v.page.evaluate(() => { // a page without its fonts and faces is of a few colours
    const canvas = document.getElementById('canvas');
    const gl = canvas.getContext('webgl2');
    const pixels = new Uint32Array(canvas.width * canvas.height);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer));
    return new Set(pixels).size;
  });
  assert.ok(colours > 500, `${colours} colours`);
  const { drawn } = await v.state();
  await v.click('roll');
  await v.until((s) => s.drawn > drawn, 'another frame');
  // One that does not come back is told.
  await v.page.evaluate(() => window.graphics.loseContext());
  await v.page.waitForSelector('#notice:not([hidden])', { timeout: 15000 });
  assert.match(await v.page.textContent('#notice p'), /graphics processor/);
  assert.deepEqual(v.errors, []);
});

const blocked = {
  'no session storage': () => Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError'); } }),
  'no service worker': () => { navigator.serviceWorker.register = () => Promise.reject(new TypeError('no')); },
  'a service worker that is never ready': () => {
    navigator.serviceWorker.register = () => Promise.resolve({});
    Object.defineProperty(navigator.serviceWorker, 'ready', { get: () => new Promise(() => {}) });
  },
  'a broken cache': () => { Cache.prototype.match = () => Promise.reject(new Error('broken')); },
  'a history that throws': () => {
    history.replaceState = () => { throw new DOMException('too often', 'SecurityError'); };
    history.pushState = history.replaceState;
  },
};
for (const [what, block] of Object.entries(blocked)) {
  test(`starts and goes on with ${what}`, async (t) => {
    const v = await visit(t, 'about:blank', { waits: false });
    await v.page.addInitScript(block);
    await v.page.goto(`${plain.url}#flow2d?play=0`);
    await v.until((now) => now?.frames > 2, 'frames', 30);
    await v.openLab('pictures');
    await v.until((now) => now.models?.[0].weights === 'ready', 'the model');
    assert.deepEqual(v.errors, []);
  });
}

const missing = {
  'WebAssembly': () => { delete window.WebAssembly; },
  'WebGL 2': () => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function get(type, ...more) { return type === 'webgl2' ? null : getContext.call(this, type, ...more); };
  },
};
for (const [what, remove] of Object.entries(missing)) {
  test(`says in a sentence that there is no ${what}`, async (t) => {
    const v = await visit(t, 'about:blank', { waits: false });
    await v.page.addInitScript(remove);
    await v.page.goto(isolated.url);
    await v.page.waitForSelector('.failed');
    assert.match(await v.page.textContent('#status'), new RegExp(what));
  });
}

for (const module of ['threads', 'simd', 'baseline']) {
  test(`a page on which nothing moves draws nothing, and wakes at once (${module})`, async (t) => {
    const v = await visit(t, `${isolated.url}?module=${module}#flow2d?play=0`);
    await v.paused();
    const rested = async () => {
      const [first] = [await v.state()];
      await sleep(1500);
      return (await v.state()).drawn - first.drawn;
    };
    const end = Date.now() + 30000;
    let drawn = 1;
    while (drawn > 0 && Date.now() < end) drawn = await rested();
    assert.equal(drawn, 0, 'frames that were drawn in 1.5 s');
    const before = await v.state();
    await v.page.mouse.move(...await v.place('theme'));
    await v.until((s) => s.drawn > before.drawn, 'the button under the mouse', 5);
    await v.click('play');
    await v.until((s) => s.step > before.step + 5, 'training');
  });
}

test('labs with networks for pictures make room for one another', async (t) => {
  const v = await visit(t, isolated.url);
  const most = [];
  for (let round = 0; round < 2; ++round) {
    for (const [lab, full] of [['distill-pictures', (s) => s.student?.step > 2], ['tarflow-pictures', (s) => s.frames > 0], ['ddcm', (s) => s.trace?.finished]]) {
      await v.openLab(lab);
      const before = await v.state();
      const s = await v.until((now) => full(now) && now.frames > before.frames + 10, lab, 120);
      most.push(Math.round(s.memory / 1e6));
    }
  }
  t.diagnostic(`${most.join(', ')} MB`);
  assert.ok(Math.max(...most) <= 256, `${most.join(', ')} MB`);
  assert.deepEqual(v.errors, []);
});
