// Layers of experts beside a dense one of equal active cost, in our WebAssembly modules in one Chromium:
//   node moe.mjs [TOKENS] [SECONDS]      (race.sh builds and installs what it needs; SECONDS: for each race)
import { nameOf, runs, withChromium } from './chromium.mjs';

const tokens = Number(process.argv[2] ?? 1024);
const seconds = Number(process.argv[3] ?? 4);

console.log('| module | threads | | layer | ms | to dense | fastest to dense |\n| --- | --- | --- | --- | --- | --- | --- |');
await withChromium('moe.html', [], async (call) => {
  for (const [module, threads] of runs) {
    for (const t of await call('race', module, { tokens, threads, seconds })) {
      console.log(`| ${nameOf(module)} | ${threads} | ${t.what} | ${t.name} | ${(1e3 * t.seconds).toFixed(2)} | ${t.to_dense.toFixed(2)} | ${t.fastest_to_dense.toFixed(2)} |`);
    }
  }
});
