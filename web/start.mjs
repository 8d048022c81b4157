// Chooses the module that this browser can run, loads it with a progress bar, and binds it to the page.

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

/** Does the engine accept a module whose one function holds this instruction? Three vectors in, one out. */
const accepts = (...instruction) => {
  const body = [0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, ...instruction, 0x0b];
  return WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
    1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0, // (v128 v128 v128) -> v128
    10, body.length + 2, 1, body.length, ...body]));
};
const simd = () => accepts(0x52); // v128.bitselect
const relaxedSimd = () => accepts(0x85, 0x02); // f32x4.relaxed_madd

const chooseModule = () => {
  const asked = new URLSearchParams(location.search).get('module');
  if (asked === 'baseline' || asked === 'threads') return asked;
  return globalThis.crossOriginIsolated && typeof SharedArrayBuffer !== 'undefined' && relaxedSimd() ? 'threads' : 'baseline';
};

/** Threads need isolation. Where the host sends no such headers, a service worker adds them, after one reload. */
const isolate = async () => {
  const done = 'rivulet-isolation-tried';
  if (globalThis.crossOriginIsolated || !globalThis.isSecureContext || !navigator.serviceWorker) return false;
  if (new URLSearchParams(location.search).get('module') || sessionStorage.getItem(done)) return false;
  sessionStorage.setItem(done, '1');
  try {
    await navigator.serviceWorker.register('sw.js');
    await navigator.serviceWorker.ready;
    location.reload();
    return true;
  } catch {
    return false; // no service worker here: one thread will do
  }
};

/** The module, compiled as it comes. Counting the bytes costs time, so a fast connection goes without. */
const download = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  if ((navigator.connection?.downlink ?? 0) > 8) return response;
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

/** Files of models are kept by the browser; what the server has changed meanwhile is fetched anew. */
const kept = async (url, anew) => {
  const store = globalThis.isSecureContext && globalThis.caches ? await caches.open('rivulet-files').catch(() => null) : null;
  if (anew) await store?.delete(url);
  const old = await store?.match(url);
  if (!old) return { store, response: null };
  const marks = ['ETag', 'Last-Modified', 'Content-Length'];
  const now = await fetch(url, { method: 'HEAD' }).catch(() => null); // no network: the old one will do
  const same = !now?.ok || marks.every((mark) => now.headers.get(mark) === old.headers.get(mark));
  return { store, response: same ? old : null };
};

/** All bytes of a file; `progress` hears how many of how many (0: unknown) are here. */
const fetchFile = async (url, anew, progress) => {
  const { store, response: old } = await kept(url, anew);
  const response = old ?? await fetch(url).catch((error) => { throw new Error(`${url} did not come (${error.message}). Is there a network?`); });
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${url}`);
  const total = response.headers.get('Content-Encoding') ? 0 : Number(response.headers.get('Content-Length')) || 0;
  const { headers } = response;
  const chunks = [];
  let size = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.byteLength;
    progress(size, total);
  }
  if (total > 0 && size !== total) throw new Error(`the connection broke off after ${size} of ${total} bytes`);
  const bytes = new Uint8Array(size);
  chunks.reduce((at, chunk) => { bytes.set(chunk, at); return at + chunk.byteLength; }, 0);
  if (store && !old) await store.put(url, new Response(bytes, { headers })).catch(() => {}); // a full disk is no failure
  return bytes;
};

const saveFile = (name, bytes) => {
  const link = document.createElement('a');
  const type = name.endsWith('.png') ? 'image/png' : 'application/octet-stream';
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
};

/** What the app takes from a visitor is no longer: see transfer.h. */
const mostFileBytes = 16 << 20;

/** A file's bytes; throws where it is too long or cannot be read. */
const readFile = async (file) => {
  if (file.size > mostFileBytes) throw new Error(`${file.name} has ${file.size} bytes, more than are taken`);
  return new Uint8Array(await file.arrayBuffer());
};

/** Asks for a file: null when the visitor thought better of it. */
const askForFile = () => new Promise((resolve) => {
  const input = document.createElement('input');
  input.type = 'file';
  input.addEventListener('change', () => resolve(input.files[0] ?? null));
  input.addEventListener('cancel', () => resolve(null));
  input.click();
});

/** To the clipboard; where that is not allowed, the visitor copies by hand. */
const copyText = (request, text) => {
  const byHand = () => prompt(request, text);
  if (navigator.clipboard) navigator.clipboard.writeText(text).catch(byHand);
  else byHand();
};

/** The settings in the address; a text that is not even well-formed goes to the app as it is, for its message. */
const fragmentOf = (hash) => {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
};

/** Hands files that are dropped upon the page, or pasted, to `offer`. */
const bindFiles = (offer, offerText) => {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) offer(file);
  });
  addEventListener('paste', (event) => {
    const [file] = event.clipboardData.files;
    if (file) offer(file);
    else offerText(event.clipboardData.getData('text'));
  });
};

const bind = (module, choice) => {
  let app = 0;
  let offered = 1e9; // numbers of files that nobody has asked for
  const offer = (text) => app && module.ccall('rivulet_offer', null, ['number', 'string'], [app, text]);
  const darkQuery = matchMedia('(prefers-color-scheme: dark)');
  let fragment = fragmentOf(location.hash);
  let report = null;
  const shown = new Set();
  /** The splash goes when there is a frame, and when its words are there, which may need fonts. */
  const show = () => {
    if (shown.size < 2 || page.classList.contains('ready')) return;
    page.classList.add('ready');
    canvas.focus();
  };
  const files = new Map(); // fetched, on their way into the module's memory
  const host = {
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
      fragment = state;
      history.replaceState(null, '', `#${state}`);
    },
    copy: (state) => copyText(tell('Copy this address:', '请复制这个地址：'), `${location.origin}${location.pathname}#${state}`),
    copyText: (text) => copyText(tell('Copy this text:', '请复制这段文字：'), text),
    paste: () => {
      const byHand = () => {
        const text = prompt(tell('Paste an address or settings:', '请粘贴地址或设置：'));
        if (text) offer(text);
      };
      if (navigator.clipboard?.readText) navigator.clipboard.readText().then(offer, byHand);
      else byHand();
    },
    fetch: (number, name, anew) => {
      const arrived = (bytes, total) => module.ccall('rivulet_arrived', null, ['number', 'number', 'number'], [number, bytes, total]);
      fetchFile(name, anew, arrived).then((bytes) => {
        files.set(number, bytes);
        module.ccall('rivulet_fetched', null, ['number', 'number'], [number, bytes.byteLength]);
      }).catch((error) => module.ccall('rivulet_not_fetched', null, ['number', 'string'], [number, error.message]));
    },
    take: (number) => {
      const bytes = files.get(number);
      files.delete(number);
      return bytes;
    },
    open: (number) => {
      askForFile().then((file) => (file ? readFile(file) : new Uint8Array())).then((bytes) => {
        files.set(number, bytes);
        module.ccall('rivulet_fetched', null, ['number', 'number'], [number, bytes.byteLength]);
      }).catch((error) => module.ccall('rivulet_not_fetched', null, ['number', 'string'], [number, error.message]));
    },
    save: saveFile,
    started: (pointer) => { app = pointer; },
    drawn: () => {
      shown.add('frame');
      show();
    },
  };
  module.rivulet = host;
  addEventListener('hashchange', () => {
    const text = fragmentOf(location.hash);
    if (text && text !== fragment) offer(text);
  });
  const offerFile = (file) => readFile(file).then((bytes) => {
    if (!app) return;
    offered += 1;
    files.set(offered, bytes);
    module.ccall('rivulet_offer_file', null, ['number', 'number', 'number'], [app, offered, bytes.byteLength]);
  }).catch((error) => console.warn(error.message));
  bindFiles(offerFile, offer);
  window.rivulet = {
    module: choice,
    /** What is going on, as an object: see App::report. */
    state: () => {
      if (!app) return null;
      module._rivulet_report(app);
      return { ...report, module: choice };
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
  const choice = chooseModule();
  try {
    const compiled = WebAssembly.compileStreaming(download(`rivulet-${choice}.wasm`));
    // The graphics process starts while the module is on its way. The app asks for this context again.
    if (!canvas.getContext('webgl2', { alpha: false, depth: false, stencil: false, antialias: false })) {
      return fail(tell('Rivulet draws with WebGL 2, which this browser or machine does not offer.', '细流用 WebGL 2 作图，而这个浏览器或这台机器没有。'));
    }
    const { default: create } = await import(`./rivulet-${choice}.js`);
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
    if (!window.rivulet.state()) fail(`${tell('Rivulet could not start: ', '细流启动失败：')}${complaint}`);
  } catch (error) {
    fail(`${tell('Rivulet could not be loaded: ', '细流加载失败：')}${error.message}`);
  }
  return undefined;
};

start();
