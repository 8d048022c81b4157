// TarFlow's samplers in our WebAssembly modules, beside one pass forward, in one Chromium:
//   node tarflow.mjs FILE [TOLERANCE] [SECONDS]      (race.sh builds and installs what it needs; SECONDS: for each sampler)
import { basename } from 'node:path';
import { nameOf, runs, withChromium } from './chromium.mjs';

const file = process.argv[2];
const tolerance = Number(process.argv[3] ?? 3e-5);
const seconds = Number(process.argv[4] ?? 2);

console.log('| module | threads | batch | sampler | ms | forward, ms | in passes | work | largest difference | runs of blocks |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
await withChromium('tarflow.html', [file], async (call) => {
  for (const [module, threads] of runs.filter((run) => run[1] === 1)) {  // each of a sampler's programs has threads of its own: too many to wait for
    for (const batch of [1, 4, 16]) {
      for (const t of await call('sample', module, { file: basename(file), batch, threads, tolerance, seconds })) {
        console.log(`| ${nameOf(module)} | ${threads} | ${batch} | ${t.sampler} | ${(1e3 * t.seconds).toFixed(1)} | ${(1e3 * t.forward).toFixed(1)} `
          + `| ${(t.seconds / t.forward).toFixed(2)} | ${t.work.toFixed(2)} | ${t.difference.toExponential(1)} | ${t.runs.join(' ')} |`);
      }
    }
  }
});
