// The page without a network: a service worker keeps what was used, and on request all the rest is fetched.
import { fetchFile, openStore } from './files.mjs';

const start = 3000; // milliseconds after the first frame: what is seen comes first

/** What this page was made of. */
const used = () => [location.href, ...performance.getEntriesByType('resource').map(({ name }) => name), new URL('manifest.webmanifest', location.href).href,
  new URL('icon.svg', location.href).href];

/** `tellUpdate(takeOver)`: another version is ready, and comes when `takeOver` is called. */
const follow = (registration, tellUpdate) => {
  const { serviceWorker } = navigator;
  const waiting = () => {
    const { waiting: worker } = registration;
    if (!worker || !serviceWorker.controller) return;
    tellUpdate(() => {
      serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      worker.postMessage('take over');
    });
  };
  const installing = () => registration.installing?.addEventListener('statechange', waiting);
  waiting();
  installing(); // it may have been found already
  registration.addEventListener('updatefound', installing);
};

export const keepForOffline = (tellUpdate) => setTimeout(async () => {
  try {
    const registration = await navigator.serviceWorker.register('sw.js');
    follow(registration, tellUpdate);
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: used() });
  } catch (error) {
    console.info(`not kept for offline use: ${error.message}`);
  }
}, start);

/** The service worker that keeps the page, which comes some seconds after the start; null where there is none. */
const worker = () => Promise.race([navigator.serviceWorker?.ready, new Promise((done) => { setTimeout(done, 2 * start, null); })]);

/** Files of weights, pictures and fonts that the browser does not keep yet, with their bytes. */
const missing = async (tell) => {
  const store = await openStore('rivulet-files');
  if (!store || !await worker()) throw new Error(tell('the browser keeps nothing for this page', '浏览器不为这个页面保存任何东西'));
  const response = await fetch('kept.json');
  if (!response.ok) throw new Error(`the server answered ${response.status} for kept.json`);
  const files = Object.entries(await response.json());
  const kept = await Promise.all(files.map(([name]) => store.match(name)));
  return files.filter((_, i) => !kept[i]);
};

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/**
 * Says how much is to come and asks; then fetches it one by one. `say(words, label, act)` shows a sentence with a button, or none;
 * `amend(words)` changes the sentence that is shown, if the visitor has not closed it.
 */
export const keepEverything = async (tell, say, amend) => {
  const finished = () => say(tell('Everything is kept: Rivulet now works without a network.', '已全部保存：没有网络时细流也能使用。'));
  const failed = (error) => say(`${tell('Not everything could be kept: ', '没能全部保存：')}${error.message}`);
  const fetchAll = async (files, total) => {
    let before = 0;
    say(tell('Keeping', '正在保存'));
    for (const [name, bytes] of files) {
      await fetchFile(name, false, (size) => amend(tell(`Keeping ${megabytes(before + size)} of ${megabytes(total)}`,
        `正在保存 ${megabytes(before + size)}，共 ${megabytes(total)}`)));
      before += bytes;
    }
    const left = await missing(tell); // a full disk refuses without a word
    if (left.length > 0) throw new Error(tell(`the browser has no room for ${left[0][0]}`, `浏览器没有空间存放 ${left[0][0]}`));
    finished();
  };
  try {
    const files = await missing(tell);
    const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
    if (total === 0) return finished();
    say(tell(`All models, pictures and fonts that are not here yet: ${megabytes(total)}.`, `还没有保存的模型、图片和字体：共 ${megabytes(total)}。`),
      tell('Keep them', '保存'), () => fetchAll(files, total).catch(failed));
  } catch (error) {
    failed(error);
  }
  return undefined;
};
