// Where a diffusion transformer's time goes in our relaxed SIMD module, stage by stage, with one thread and with two:
//   node stages.mjs [SECONDS]      (race.sh builds and installs what it needs; SECONDS: for each row of pictures and threads)
// A stage's time is the average over the faster half of many runs; those that are alike stand together.
import { packages, withPages } from './chromium.mjs';

const seconds = Number(process.argv[2] ?? 2);

const timesOf = async (open, config) => {
  const { tab, call } = await open('ours.html');
  await call('transformer', 'bench-threads', config);
  const kinds = new Map();
  for (const stage of await call('stages', seconds)) {
    const kind = kinds.get(stage.label) ?? kinds.set(stage.label, { calls: 0, flops: 0, seconds: 0 }).get(stage.label);
    kind.calls += 1;
    kind.flops += stage.flops;
    kind.seconds += stage.seconds;
  }
  await tab.close();
  return kinds;
};

await withPages(['ours.html'], packages, async (browser, open) => {
  for (const [side, channels] of [[16, 3], [28, 1]]) {
    for (const batch of [1, 16]) {
      const [one, two] = [await timesOf(open, { side, channels, batch, threads: 1 }), await timesOf(open, { side, channels, batch, threads: 2 })];
      const total = (kinds) => [...kinds.values()].reduce((sum, kind) => sum + kind.seconds, 0);
      console.log(`\n${side}x${side}x${channels}, batch ${batch}: ${(1e3 * total(one)).toFixed(2)} ms with one thread, ${(1e3 * total(two)).toFixed(2)} ms with two\n`);
      console.log('| stage | calls | one thread, us each | share | Gflop/s | two threads, us each |\n| --- | --- | --- | --- | --- | --- |');
      for (const [label, kind] of [...one].sort(([, a], [, b]) => b.seconds - a.seconds)) {
        if (kind.seconds < 0.002 * total(one)) continue;
        console.log(`| ${label} | ${kind.calls} | ${(1e6 * kind.seconds / kind.calls).toFixed(1)} | ${(100 * kind.seconds / total(one)).toFixed(1)} % `
          + `| ${(kind.flops / kind.seconds * 1e-9).toFixed(1)} | ${(1e6 * two.get(label).seconds / kind.calls).toFixed(1)} |`);
      }
    }
  }
});
