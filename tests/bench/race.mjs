// One diffusion transformer in our WebAssembly modules and in onnxruntime-web, by turns within one page of one Chromium:
//   node race.mjs [ROUNDS]      (race.sh builds and installs what it needs)
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOf, runs, withChromium } from './chromium.mjs';

const rounds = Number(process.argv[2] ?? 60);
const packages = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');

console.log('| module | threads | pictures | batch | ours, ms | Gflop/s | onnxruntime-web, ms | ratio | largest difference |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
await withChromium('race.html', [packages], async (call) => {
  for (const [module, threads] of runs) {
    for (const [side, channels] of [[16, 3], [28, 1]]) {
      for (const batch of [1, 16]) {
        const r = await call('race', module, { side, channels, batch, threads }, rounds);
        console.log(`| ${nameOf(module)} | ${threads} | ${side}x${side}x${channels} | ${batch} | ${r.ours.toFixed(2)} | ${(r.flops / r.ours * 1e-6).toFixed(1)} `
          + `| ${r.theirs.toFixed(2)} | ${(r.theirs / r.ours).toFixed(2)} | ${(r.difference / r.largest).toExponential(1)} |`);
      }
    }
  }
});
