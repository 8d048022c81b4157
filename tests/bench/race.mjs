// One diffusion transformer in our WebAssembly modules and in onnxruntime-web, by turns within one page of one Chromium:
//   node race.mjs [ROUNDS]      (race.sh builds and installs what it needs)
import { nameOf, packages, runs, withChromium } from './chromium.mjs';

const rounds = Number(process.argv[2] ?? 60);

// onnxruntime-web with each setting of `env.wasm.simd`, each in a page of its own.
const races = runs.flatMap(([module, threads]) => (threads === 1 && module === 'bench-threads' ? [null, 'relaxed'] : [null]).map((simd) => [module, threads, simd]));

console.log('| module | threads | pictures | batch | ours, ms | Gflop/s | onnxruntime-web, ms | its simd | ratio | largest difference |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
const files = new Set();
await withChromium('race.html', packages, async (call) => {
  for (const [module, threads, simd] of races) {
    for (const [side, channels] of [[16, 3], [28, 1]]) {
      for (const batch of [1, 16]) {
        const r = await call('race', module, { side, channels, batch, threads }, simd, rounds);
        console.log(`| ${nameOf(module)} | ${threads} | ${side}x${side}x${channels} | ${batch} | ${r.ours.toFixed(2)} | ${(r.flops / r.ours * 1e-6).toFixed(1)} `
          + `| ${r.theirs.toFixed(2)} | ${simd ?? 'default'} | ${(r.theirs / r.ours).toFixed(2)} | ${(r.difference / r.largest).toExponential(1)} |`);
        for (const file of r.loaded) files.add(`${simd ?? 'default'}: ${file}`);
      }
    }
  }
});
console.log(`\nWhat onnxruntime-web loaded: ${[...files].join(', ')}`);
