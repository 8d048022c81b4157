// Our side of the races, in a page: what the modules' functions (dit_bench.cpp, train_bench.cpp) say and do.

/** The same inputs of a diffusion transformer for everybody. */
export const inputs = ({ side, channels, batch }) => {
  const fill = (n, f) => Float32Array.from({ length: n }, (_, i) => f(i));
  return {
    x: fill(batch * side * side * channels, (i) => Math.sin(i * 1.7)), t: fill(batch, (i) => (i % 8) / 8), d: fill(batch, () => 0.25),
    guidance: fill(batch, () => 1.5), labels: fill(batch, (i) => i % 10),
  };
};

const load = async (module) => (await import(`/${module}.mjs`)).default();

/** A diffusion transformer: `run()` gives its results, `onnx` is the same network for others. */
export const transformer = async (module, config) => {
  const { side, channels, batch, threads } = config;
  const m = await load(module);
  const racer = m.ccall('racer_make', 'number', Array(4).fill('number'), [side, channels, batch, threads]);
  const at = m.ccall('racer_onnx', 'number', ['number'], [racer]);
  const onnx = m.HEAPU8.slice(at, at + m.ccall('racer_onnx_size', 'number', ['number'], [racer]));
  const feeds = Object.entries(inputs(config)).map(([name, data]) => ({ name, data, memory: m._malloc(data.byteLength) }));
  const run = () => {  // with copies in and out, as the others' calls have
    for (const { name, data, memory } of feeds) {
      m.HEAPF32.set(data, memory / 4);
      m.ccall('racer_write', null, ['number', 'string', 'number', 'number'], [racer, name, memory, data.length]);
    }
    m._racer_run(racer);
    const out = m._racer_output(racer) / 4;
    return m.HEAPF32.slice(out, out + batch * side * side * channels);
  };
  const stages = (seconds) => JSON.parse(m.ccall('racer_stages', 'string', ['number', 'number'], [racer, seconds]));
  return { run, onnx, stages, flops: m._racer_flops(racer) };
};

/** Training in the plane: `run()` takes a step and gives its loss, `values(name)` is a weight or what the last step was fed. */
export const training = async (module, { width, depth, batch, threads }) => {
  const m = await load(module);
  const trainer = m.ccall('trainer_make', 'number', Array(4).fill('number'), [width, depth, batch, threads]);
  const of = (name, what) => m.ccall(name, 'number', ['number', 'string'], [trainer, what]);
  return {
    run: () => m._trainer_step(trainer, 1),
    values: (name) => {
      const at = of('trainer_values', name) / 4;
      return m.HEAPF32.slice(at, at + of('trainer_count', name));
    },
    flops: JSON.parse(m.ccall('trainer_flops', 'string', ['number'], [trainer])),
    peak: (seconds) => m._product_peak(seconds),
  };
};

/** Milliseconds of a call, again and again for so many milliseconds: on the average, and the fastest. */
export const timed = async (call, milliseconds) => {
  const start = performance.now();
  let [calls, now, fastest] = [0, start, Infinity];
  while (now - start < milliseconds) {
    await call();
    const then = performance.now();
    fastest = Math.min(fastest, then - now);
    now = then;
    ++calls;
  }
  return { average: (now - start) / calls, fastest };
};

/** Bytes as text and back: to pass from page to page. */
export const textOf = (bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
};
export const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
