// The page as its visitors meet it, in one headless Chromium with software WebGL: the first frame, the answer to a press while a
// model trains and while it is paused, memory after many changes of the lab.
//   node page.mjs [VISITS] [CHANGES]      (race.sh builds and installs what it needs)
import { Visitor, launch, site, sleep } from '../../web/tests/browser.mjs';
import { serve } from '../../web/tests/server.mjs';

const visits = Number(process.argv[2] ?? 7);
const changes = Number(process.argv[3] ?? 125);

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

/** Milliseconds of the navigation until each part of the start was done. */
const start = async (browser, url) => {
  const v = await Visitor.open(browser, url);
  const times = await v.page.evaluate(() => {
    const end = (name) => performance.getEntriesByType('resource').find((entry) => entry.name.endsWith(name))?.responseEnd ?? NaN;
    const { module } = window.rivulet;
    return { page: performance.getEntriesByType('navigation')[0].responseEnd, script: end('start.mjs'), glue: end(`rivulet-${module}.js`),
      module: end(`rivulet-${module}.wasm`) };
  });
  const s = await v.state();
  await v.close();
  return { ...times, frame: s.first_frame_ms };
};

/** Longest and median milliseconds from a press to the next frame that is seen, as the browser's event timing says. */
const answers = async (browser, url, pauses) => {
  const v = await Visitor.open(browser, url);
  await v.until((s) => s.step > 50, 'training');
  if (pauses) await v.click('play');
  await sleep(500);
  await v.page.evaluate(() => {
    window.answers = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ name, duration }) => {
      if (/^(pointerdown|pointerup|keydown)$/.test(name)) window.answers.push(duration);
    })).observe({ type: 'event', durationThreshold: 16 });
  });
  for (let i = 0; i < 20; ++i) {
    await v.click(i % 2 ? 'target.rings' : 'target.spirals');
    await v.page.keyboard.press('ArrowRight');
    await sleep(200);
  }
  const times = await v.page.evaluate(() => window.answers);
  await v.close();
  return { median: median(times), longest: Math.max(...times), count: times.length };
};

const memory = async (browser, url) => {
  const v = await Visitor.open(browser, url);
  const { labs, memory: first } = await v.state();
  const ids = Object.keys(labs);
  let most = first;
  for (let i = 1; i <= changes; ++i) {
    await v.openLab(ids[i % ids.length]);
    if (i <= 2 * ids.length) await sleep(6000);  // twice for long enough to load and to learn
    most = Math.max(most, (await v.until((s) => s, 'the app')).memory);
  }
  await v.close();
  return { first, most };
};

const server = await serve(site);
const browser = await launch();
try {
  row('module', 'page', 'script', 'glue', 'module here', 'first frame, ms (median of ' + visits + ')');
  row('---', '---', '---', '---', '---', '---');
  for (const module of ['threads', 'simd', 'baseline']) {
    const all = [];
    for (let i = 0; i < visits; ++i) all.push(await start(browser, `${server.url}?module=${module}`));
    row(module, ...['page', 'script', 'glue', 'module', 'frame'].map((part) => median(all.map((times) => times[part])).toFixed(0)));
  }
  console.log();
  row('module', 'answers while it trains: median, ms', 'longest', 'paused: median, ms', 'longest', 'memory at first, MB',
    `most in ${changes} changes of the lab, MB`);
  row('---', '---', '---', '---', '---', '---', '---');
  for (const module of ['threads', 'baseline']) {
    const url = `${server.url}?module=${module}#flow2d`;
    const [trains, rests] = [await answers(browser, url, false), await answers(browser, url, true)];
    const bytes = changes > 0 ? await memory(browser, url) : { first: NaN, most: NaN };
    row(module, trains.median, trains.longest, rests.median, rests.longest, (bytes.first / 1e6).toFixed(0), (bytes.most / 1e6).toFixed(0));
  }
} finally {
  await browser.close();
  await server.close();
}
