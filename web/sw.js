// Keeps the page for days without a network, and adds the headers that shared memory needs, for hosts that cannot send them
// (GitHub Pages, for one). The build writes the version here: see cmake/web/stamp.py.
const version = 'VERSION';
const files = new Set(['FILES']); // of this version, relative to the page

const cacheName = `rivulet-page-${version}`;
const scope = new URL('./', location.href).href;
/** The file of this version that an address means; null where it is none of them. */
const fileOf = (address) => {
  const url = new URL(address);
  if (!url.href.startsWith(scope)) return null;
  const name = url.href.slice(scope.length).replace(/[?#].*$/, '') || 'index.html';
  return files.has(name) ? name : null;
};

const isolated = (response) => {
  if (response.status === 0 || response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
};

/** Into the cache of this version, past what the browser keeps for itself. */
const keep = async (name) => {
  const cache = await caches.open(cacheName);
  if (await cache.match(name)) return;
  const response = await fetch(name, { cache: 'no-cache' });
  if (response.ok) await cache.put(name, response);
};

/** What the version before this one kept, this one keeps: the page may be opened without a network tomorrow. */
const inherit = async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith('rivulet-page-') && name !== cacheName);
  const kept = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => fileOf(url))));
  await Promise.all([...new Set(kept.flat())].filter(Boolean).map(keep));
  return names;
};

addEventListener('install', (event) => event.waitUntil(inherit().then((names) => {
  if (names.length === 0) skipWaiting(); // else the page says that there is a new version, and asks
})));
addEventListener('activate', (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('rivulet-page-') && name !== cacheName).map((name) => caches.delete(name)));
})()));

addEventListener('message', (event) => {
  if (event.data === 'take over') skipWaiting();
  else if (Array.isArray(event.data?.keep)) event.waitUntil(Promise.all(event.data.keep.map(fileOf).filter(Boolean).map((name) => keep(name).catch(() => {}))));
});

/** A file of this version comes from its cache, and goes there when it was not yet: versions never mix. */
const answer = async (name, request) => {
  const cache = await caches.open(cacheName).catch(() => null);
  const old = await cache?.match(name).catch(() => null);
  if (old) return isolated(old);
  const response = await fetch(request);
  if (response.ok && response.status === 200) cache?.put(name, response.clone()).catch(() => {}); // a full disk is no failure
  return isolated(response);
};

addEventListener('fetch', (event) => {
  const { request } = event;
  const name = request.method === 'GET' ? fileOf(request.url) : null;
  if (name) event.respondWith(answer(name, request)); // weights and pictures are the page's: see files.mjs
});
