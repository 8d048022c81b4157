// One diffusion transformer in our WebAssembly modules and in onnxruntime-web, by turns within one page of one Chromium:
//   node race.mjs [ROUNDS]      (race.sh builds and installs what it needs)
// Milliseconds: medians and, in brackets, the fastest.
import { milliseconds, nameOf, packages, ratio, runs, shown, withChromium } from './chromium.mjs';

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
        console.log(`| ${nameOf(module)} | ${threads} | ${side}x${side}x${channels} | ${batch} | ${shown(r.ours, milliseconds)} | ${(r.flops / r.ours.median * 1e-6).toFixed(1)} `
          + `| ${shown(r.theirs, milliseconds)} | ${simd ?? 'default'} | ${ratio(r)} | ${(r.difference / r.largest).toExponential(1)} |`);
        for (const file of r.loaded) files.add(`${simd ?? 'default'}: ${file}`);
      }
    }
  }
});
console.log(`\nWhat onnxruntime-web loaded: ${[...files].join(', ')}`);
