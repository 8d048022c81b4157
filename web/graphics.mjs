// The context that the app draws with. The graphics processor may forget everything: when a driver starts anew, when a phone needs the memory.

const patience = 4000; // milliseconds until the visitor is told

/** A side of a canvas that is set to what it is makes all anew as well: then nothing is set. */
const onlyOthers = (canvas, side) => {
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, side);
  Object.defineProperty(canvas, side, { get, set(size) { if (size !== get.call(canvas)) set.call(canvas, size); } });
};

/**
 * The context that the app draws with, of the canvas in its size. What is drawn stays, since frames that look as the last one are not
 * drawn. The app's renderer asks before each frame how things are blended, and makes it so again after it. The answer never changes,
 * and would be waited for until the graphics process is free: where it draws in software, longer than the frame takes us.
 */
export const makeContext = (canvas) => {
  for (const [side, size] of [['width', canvas.clientWidth], ['height', canvas.clientHeight]]) { // each new size costs a new buffer
    canvas[side] = Math.round(size * devicePixelRatio);
    onlyOthers(canvas, side);
  }
  const gl = canvas.getContext('webgl2', { alpha: false, depth: false, stencil: false, antialias: false, preserveDrawingBuffer: true });
  if (!gl) return false;
  const ask = gl.getParameter.bind(gl);
  const blending = new Map([[gl.BLEND_SRC_RGB, gl.ONE], [gl.BLEND_SRC_ALPHA, gl.ONE], [gl.BLEND_DST_RGB, gl.ZERO], [gl.BLEND_DST_ALPHA, gl.ZERO],
    [gl.BLEND_EQUATION_RGB, gl.FUNC_ADD], [gl.BLEND_EQUATION_ALPHA, gl.FUNC_ADD]]);
  gl.getParameter = (name) => blending.get(name) ?? ask(name);
  return true;
};

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
