// Our relaxed SIMD module and jax-js on its wasm device, one thread each, by turns in two pages of one Chromium:
//   node jax.mjs [TURNS] [MILLISECONDS]      (race.sh builds and installs what it needs; MILLISECONDS: of a turn)
// Milliseconds and steps: the median of the turns and, in brackets, the fastest call. Two pages, because jax-js takes as many workers as there are cores unless its page is not isolated, and our module needs one that is.
import { median } from './ours.mjs';
import { milliseconds as ms, packages, ratio, shown, withPages } from './chromium.mjs';

const turns = Number(process.argv[2] ?? 20);
const milliseconds = Number(process.argv[3] ?? 250);
const module = 'bench-threads';

/** Seconds of processor time of the browser's processes. */
const meter = async (browser) => {
  const session = await browser.newBrowserCDPSession();
  return async () => (await session.send('SystemInfo.getProcessInfo')).processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
};

/** Of calls by turns: the median of the turns' averages and the fastest call, each side, and how many processors were at work during the other's. */
const race = async (ours, theirs, seconds) => {
  for (const page of [ours, theirs]) await page.call('turn', 2 * milliseconds);
  const times = [[], []];
  let [busy, wall] = [0, 0];
  for (let i = 0; i < turns; ++i) {
    times[0].push(await ours.call('turn', milliseconds));
    const [before, start] = [await seconds(), performance.now()];
    times[1].push(await theirs.call('turn', milliseconds));
    wall += (performance.now() - start) / 1e3;
    busy += await seconds() - before;
  }
  const summary = (list) => ({ median: median(list.map(({ average }) => average)), fastest: Math.min(...list.map(({ fastest }) => fastest)) });
  return { ours: summary(times[0]), theirs: summary(times[1]), busy: busy / wall };
};

const threadsOf = async ({ tab, call }, busy) => {
  if (!await call('alone') || tab.workers().length > 0) throw new Error('jax-js has workers');
  return `no workers, no shared memory, ${busy.toFixed(2)} processors busy`;
};

await withPages(['ours.html', 'jax.html'], packages, async (browser, open) => {
  const seconds = await meter(browser);
  const both = async (work) => {
    const pages = [await open('ours.html'), await open('jax.html', { isolated: false })];
    await work(...pages);
    for (const { tab } of pages) await tab.close();
  };

  console.log('Training in the plane, batch 512, MLP 3x128, flow matching; ours with AdamW, clipping, averages and drawing of batches, theirs with one batch:\n');
  console.log('| jax-js with | ours, steps/s (fastest) | jax-js, steps/s (fastest) | ratio | fastest step: Gflop/s, of products alone | product peak, Gflop/s | share, of products alone | difference of losses | threads of jax-js |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const optimiser of ['sgd', 'adamw']) {
    await both(async (ours, theirs) => {
      const config = { width: 128, depth: 3, batch: 512, threads: 1 };
      const { weights, batch, loss, flops } = await ours.call('training', module, config);
      // The weights are those before the step whose batch and loss they come with.
      const other = await theirs.call('training', config, optimiser, { weights, batch });
      const peaks = [await ours.call('peak', 1)];
      const r = await race(ours, theirs, seconds);
      peaks.push(await ours.call('peak', 1));
      const peak = Math.max(...peaks);
      const rates = [flops.all, flops.products].map((n) => n / r.ours.fastest * 1e3);
      const perSecond = (time) => (1e3 / time).toFixed(0);
      console.log(`| ${optimiser} | ${shown(r.ours, perSecond)} | ${shown(r.theirs, perSecond)} | ${ratio(r)} | ${rates.map((rate) => (rate * 1e-9).toFixed(1)).join(', ')} `
        + `| ${(peak * 1e-9).toFixed(1)} | ${rates.map((rate) => `${(rate / peak * 100).toFixed(0)} %`).join(', ')} `
        + `| ${Math.abs(other.loss / loss - 1).toExponential(1)} | ${await threadsOf(theirs, r.busy)} |`);
    });
  }

  console.log('\nA diffusion transformer forward, from the ONNX file that our module exports:\n');
  console.log('| pictures | batch | ours, ms (fastest) | jax-js, ms (fastest) | ratio | largest difference | threads of jax-js |\n| --- | --- | --- | --- | --- | --- | --- |');
  for (const [side, channels] of [[16, 3], [28, 1]]) {
    for (const batch of [1, 16]) {
      await both(async (ours, theirs) => {
        const config = { side, channels, batch, threads: 1 };
        const { result: a, onnx } = await ours.call('transformer', module, config);
        const { result: b } = await theirs.call('transformer', config, onnx);
        const most = (values) => values.reduce((x, y) => Math.max(x, Math.abs(y)), 0);
        const difference = most(a.map((x, i) => x - b[i])) / most(a);
        const r = await race(ours, theirs, seconds);
        console.log(`| ${side}x${side}x${channels} | ${batch} | ${shown(r.ours, ms)} | ${shown(r.theirs, ms)} | ${ratio(r)} `
          + `| ${difference.toExponential(1)} | ${await threadsOf(theirs, r.busy)} |`);
      });
    }
  }
});
