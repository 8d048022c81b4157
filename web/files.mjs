// Files: fetched and kept, saved, asked for, dropped and pasted.

/** The browser's store of this name; null where it has none, or keeps it from the page. */
export const openStore = async (name) => {
  if (!globalThis.isSecureContext || !globalThis.caches) return null;
  return caches.open(name).catch(() => null);
};

/** Files of models are kept by the browser; what the server has changed meanwhile is fetched anew. */
const kept = async (store, url, anew) => {
  if (anew) await store.delete(url);
  const old = await store.match(url);
  if (!old) return null;
  const marks = ['ETag', 'Last-Modified', 'Content-Length'];
  const now = await fetch(url, { method: 'HEAD' }).catch(() => null); // no network: the old one will do
  const same = !now?.ok || marks.every((mark) => now.headers.get(mark) === old.headers.get(mark));
  return same ? old : null;
};

/** All bytes of a file; `progress` hears how many of how many (0: unknown) are here. */
export const fetchFile = async (url, anew, progress) => {
  const store = await openStore('rivulet-files');
  const old = store && await kept(store, url, anew).catch(() => null); // a broken store is as none
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

export const saveFile = (name, bytes) => {
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
export const readFile = async (file) => {
  if (file.size > mostFileBytes) throw new Error(`${file.name} has ${file.size} bytes, more than are taken`);
  return new Uint8Array(await file.arrayBuffer());
};

/** Asks for a file: null when the visitor thought better of it. */
export const askForFile = () => new Promise((resolve) => {
  const input = document.createElement('input');
  input.type = 'file';
  input.addEventListener('change', () => resolve(input.files[0] ?? null));
  input.addEventListener('cancel', () => resolve(null));
  input.click();
});

/** Hands files that are dropped upon the page to `offer`. */
export const bindDrop = (offer) => {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) offer(file);
  });
};
