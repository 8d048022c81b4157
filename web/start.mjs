// Chooses the module that this browser can run, loads it with a progress bar, and binds it to the page.

import { bindClipboard, copyText, pasteText } from './clipboard.mjs';
import { askForFile, bindDrop, fetchFile, readFile, saveFile } from './files.mjs';
import { bindGraphics, makeContext } from './graphics.mjs';
import { bindKeys } from './keys.mjs';
import { makeMirror } from './mirror.mjs';
import { keepEverything, keepForOffline } from './offline.mjs';

const page = document.documentElement;
const status = document.getElementById('status');
const bar = document.querySelector('#bar i');
const canvas = document.getElementById('canvas');

/** The app says which language it shows; before that, the link or the browser does. */
const browserLanguage = () => navigator.language ?? 'en';
const tell = (english, chinese) => (page.lang.startsWith('zh') ? chinese : english);

const fail = (message) => {
  page.classList.remove('ready');
  page.classList.add('failed');
  status.textContent = message;
};

/** A sentence above the page, with a button that does something about it; an empty one goes. */
const say = (words, label, act) => {
  const box = document.getElementById('notice');
  box.hidden = !words;
  if (!words) return;
  box.querySelector('p').textContent = words;
  const [button, close] = box.querySelectorAll('button');
  button.hidden = !label;
  button.textContent = label ?? '';
  button.onclick = act;
  close.textContent = tell('Close', '关闭');
  close.onclick = () => { box.hidden = true; };
};

/** Changes the sentence that is shown; says nothing anew. */
const amend = (words) => {
  const sentence = document.querySelector('#notice p');
  if (sentence.textContent !== words) sentence.textContent = words;
};
/** A sentence with a button that loads the page anew. */
const notice = (words, load = () => location.reload()) => say(words, tell('Reload', '重新加载'), load);

/** Does the engine accept a module whose one function holds this instruction? Three vectors in, one out. */
const accepts = (...instruction) => {
  const body = [0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, ...instruction, 0x0b];
  return WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
    1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0, // (v128 v128 v128) -> v128
    10, body.length + 2, 1, body.length, ...body]));
};
const simd = () => accepts(0x52); // v128.bitselect
const relaxedSimd = () => accepts(0x85, 0x02); // f32x4.relaxed_madd

/** threads, simd (threads without relaxed SIMD, where the host has it), or baseline. */
const chooseModule = async () => {
  const asked = new URLSearchParams(location.search).get('module');
  if (['baseline', 'simd', 'threads'].includes(asked)) return asked;
  if (!globalThis.crossOriginIsolated || typeof SharedArrayBuffer === 'undefined') return 'baseline';
  if (relaxedSimd()) return 'threads';
  const there = await fetch('rivulet-simd.wasm', { method: 'HEAD' }).catch(() => caches.match('rivulet-simd.wasm')).catch(() => null);
  return there?.ok ? 'simd' : 'baseline';
};

/** What the page remembers until its window is closed; nothing where the browser keeps it from that. */
const remembered = (key, value) => {
  try {
    const old = sessionStorage.getItem(key);
    sessionStorage.setItem(key, value);
    return old;
  } catch {
    return value; // as if it were known: what is tried once only is then not tried
  }
};

const within = (milliseconds, promise) => Promise.race([promise, new Promise((_, reject) => {
  setTimeout(() => reject(new Error('took too long')), milliseconds);
})]);

/** Threads need isolation. Where the host sends no such headers, a service worker adds them, after one reload. */
const isolate = async () => {
  if (globalThis.crossOriginIsolated || !globalThis.isSecureContext || !navigator.serviceWorker) return false;
  if (new URLSearchParams(location.search).get('module')) return false;
  const last = Number(remembered('rivulet-isolation-tried', String(Date.now())) ?? 0);
  try {
    const worker = navigator.serviceWorker;
    if (last > 0) { // a reload that passes the worker by, which people press Shift for, needs another
      const passedBy = !worker.controller && (await within(1000, worker.getRegistration()))?.active;
      if (!passedBy || Date.now() - last < 3000) return false;
    }
    await within(4000, worker.register('sw.js').then(() => worker.ready));
    location.reload();
    return true;
  } catch {
    return false; // no service worker here: one thread will do
  }
};

/** Megabits a second: of this script, as far as it took long enough to tell, or what the browser thinks. */
const speed = () => {
  const script = performance.getEntriesByName(import.meta.url)[0];
  const seen = script ? (8e-3 * script.encodedBodySize) / (script.responseEnd - script.responseStart) || 0 : 0;
  return Math.max(seen, navigator.connection?.downlink ?? 0);
};

/** The module, compiled as it comes. Counting the bytes costs time, so a fast connection goes without. */
const download = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  if (speed() > 8) return response;
  const total = Number(response.headers.get('Content-Length')) || 1.6e6;
  let seen = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      seen += chunk.byteLength;
      bar.style.width = `${Math.min(100, (100 * seen) / total)}%`;
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { 'Content-Type': 'application/wasm' } });
};

/** The settings in the address; a text that is not even well-formed goes to the app as it is, for its message. */
const fragmentOf = (hash) => {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
};

/** A call from the app that fails here must not end its frames. */
const guarded = (functions) => Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, (...values) => {
  try {
    return call(...values);
  } catch (error) {
    console.warn(`${name}: ${error.message}`);
    return undefined;
  }
}]));

/** The lab that a state names, and with it the page's place in the history. */
const labOf = (state) => state.split('?', 1)[0];

const bind = (module, choice) => {
  let app = 0;
  let offered = 1e9; // numbers of files that nobody has asked for
  const types = { string: 'string', number: 'number', boolean: 'number' };
  /** Calls rivulet_NAME of the app, once there is one. */
  const call = (name, ...values) => app && module.ccall(`rivulet_${name}`, null, ['number', ...values.map((value) => types[typeof value])], [app, ...values]);
  const offer = (text) => call('offer', text);
  const darkQuery = matchMedia('(prefers-color-scheme: dark)');
  let fragment = fragmentOf(location.hash);
  let address = location.hash; // as we know it
  let report = null;
  let copied = '';
  const shown = new Set();
  /** The splash goes when there is a frame, and when its words are there, which may need fonts. */
  const show = () => {
    if (shown.size < 2 || page.classList.contains('ready')) return;
    page.classList.add('ready');
    canvas.focus();
  };
  const linkTo = (state) => `${location.origin}${location.pathname}#${state}`;
  const files = new Map(); // fetched, on their way into the module's memory
  /** Hands the app the bytes that it waits for under this number, or says why there are none. */
  const deliver = (number, promise) => promise.then((bytes) => {
    files.set(number, bytes);
    module.ccall('rivulet_fetched', null, ['number', 'number'], [number, bytes.byteLength]);
  }).catch((error) => module.ccall('rivulet_not_fetched', null, ['number', 'string'], [number, error.message]));
  const mirror = makeMirror(canvas, { ask: (...values) => call('ask', ...values), focus: (name) => call('focus', name) });
  module.rivulet = guarded({
    report: (text) => { report = JSON.parse(text); },
    option: (name) => (name === 'state' ? fragment : ''),
    dark: () => darkQuery.matches,
    language: browserLanguage,
    speak: (language) => {
      page.lang = language;
      shown.add('words');
      show();
    },
    publish: (state) => {
      if (location.hash !== address) return; // a visitor has just typed another one: its event is on the way
      const turned = fragment !== '' && labOf(state) !== labOf(fragment);
      fragment = state;
      if (turned) history.pushState(null, '', `#${state}`); // another lab: the way back leads to the one before
      else history.replaceState(null, '', `#${state}`);
      address = location.hash;
    },
    denser: () => dispatchEvent(new Event('resize')), // the same page on another screen has the same size, and no event of its own
    mirror: (text) => mirror(JSON.parse(text)),
    trouble: (text) => notice(`${tell('Something went wrong here: ', '出错了：')}${text}`),
    copy: (state) => copyText(tell('Copy this address:', '请复制这个地址：'), linkTo(state)),
    copyText: (text) => copyText(tell('Copy this text:', '请复制这段文字：'), text),
    copied: (text) => { copied = text; },
    paste: () => pasteText(tell('Paste an address or settings:', '请粘贴地址或设置：'), offer),
    fetch: (number, name, anew) => {
      const arrived = (bytes, total) => module.ccall('rivulet_arrived', null, ['number', 'number', 'number'], [number, bytes, total]);
      deliver(number, fetchFile(name, anew, arrived));
    },
    take: (number) => {
      const bytes = files.get(number);
      files.delete(number);
      return bytes;
    },
    open: (number) => deliver(number, askForFile().then((file) => (file ? readFile(file) : new Uint8Array()))),
    save: saveFile,
    keepOffline: () => keepEverything(tell, say, amend),
    started: (pointer) => { app = pointer; },
    drawn: () => {
      shown.add('frame');
      show();
    },
  });
  addEventListener('hashchange', () => {
    address = location.hash;
    const text = fragmentOf(location.hash);
    if (!text) return;
    fragment = text;
    call('go', text);
  });
  const offerFile = (file) => readFile(file).then((bytes) => {
    if (!app) return;
    offered += 1;
    files.set(offered, bytes);
    call('offer_file', offered, bytes.byteLength);
  }).catch((error) => notice(error.message));
  bindDrop(offerFile);
  bindClipboard({
    offerFile,
    offerText: offer,
    copied: () => {
      call('copied');
      call('report'); // the address follows only after a moment
      return copied || linkTo(report.state);
    },
  });
  addEventListener('resize', () => call('repaint')); // which clears the canvas
  bindGraphics(canvas, {
    renew: () => call('renew_graphics'),
    tell: (lost) => notice(lost && tell('The graphics processor has stopped. Training goes on; a reload shows it again.', '图形处理器停止了。训练仍在继续；重新加载后可再看到。')),
  });
  window.rivulet = {
    module: choice,
    /** What is going on, as an object: see App::report. */
    state: () => {
      if (!app) return null;
      module._rivulet_report(app);
      return { ...report, module: choice, memory: module.HEAPU8.length };
    },
    offer,
  };
};

const start = async () => {
  page.lang = /[?&]lang=(en|zh)/.exec(location.hash)?.[1] ?? browserLanguage();
  if (typeof WebAssembly !== 'object' || !simd()) {
    return fail(tell('This browser has no WebAssembly SIMD. Rivulet needs Chrome 91, Firefox 89, Safari 16.4 or newer.',
      '这个浏览器没有 WebAssembly SIMD。细流需要 Chrome 91、Firefox 89、Safari 16.4 或更新的版本。'));
  }
  if (await isolate()) return undefined;
  const choice = await chooseModule();
  try {
    const compiled = WebAssembly.compileStreaming(download(`rivulet-${choice}.wasm`));
    const glue = import(`./rivulet-${choice}.js`);
    glue.catch(() => {}); // said where it is awaited
    // The graphics process starts while both are on their way. The app asks for this context again.
    if (!makeContext(canvas)) {
      return fail(tell('Rivulet draws with WebGL 2, which this browser or machine does not offer.', '细流用 WebGL 2 作图，而这个浏览器或这台机器没有。'));
    }
    bindKeys(canvas);
    const { default: create } = await glue;
    let complaint = '';
    const module = {
      canvas,
      print: (text) => console.log(text),
      printErr: (text) => {
        complaint = text;
        console.warn(text);
      },
      instantiateWasm: (imports, done) => {
        compiled.then((binary) => WebAssembly.instantiate(binary, imports).then((instance) => done(instance, binary)))
          .catch((error) => fail(`${tell('Rivulet could not start: ', '细流启动失败：')}${error.message}`));
        return {};
      },
      preRun: [(self) => bind(self, choice)],
      onAbort: (reason) => fail(`${tell('Rivulet stopped: ', '细流停止了：')}${reason}`),
    };
    await create(module);
    if (globalThis.isSecureContext && navigator.serviceWorker) {
      keepForOffline((takeOver) => notice(tell('There is a new version of Rivulet.', '细流有了新版本。'), takeOver));
    }
    if (!window.rivulet.state()) fail(`${tell('Rivulet could not start: ', '细流启动失败：')}${complaint}`);
  } catch (error) {
    fail(`${tell('Rivulet could not be loaded: ', '细流加载失败：')}${error.message}`);
  }
  return undefined;
};

start();
