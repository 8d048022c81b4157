// The page without a network: a service worker keeps what was used.

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
  waiting();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', waiting));
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
