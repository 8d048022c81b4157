// The graphics processor may forget everything: when a driver starts anew, when a phone needs the memory.

const patience = 4000; // milliseconds until the visitor is told

/** `renew()` makes everything anew; `tell(lost)` says that it is lost, after a while in which it may come back by itself. */
export const bindGraphics = (canvas, { renew, tell }) => {
  let waiting = 0;
  canvas.addEventListener('webglcontextlost', (event) => {
    event.preventDefault(); // so that it is given back
    clearTimeout(waiting);
    waiting = setTimeout(() => tell(true), patience);
  });
  canvas.addEventListener('webglcontextrestored', () => {
    clearTimeout(waiting);
    renew();
    tell(false);
  });
};
