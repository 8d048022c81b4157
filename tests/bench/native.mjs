// Our native device against onnxruntime-node: the network that `rivulet bench pictures --onnx` measures and writes, one thread each,
// processes by turns.
//   node native.mjs RIVULET [TURNS]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const measure = async (file, seconds) => {
  const ort = createRequire(import.meta.url)('onnxruntime-node');
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: 'all', intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' });
  const feeds = Object.fromEntries(session.inputMetadata.map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(name === 'labels' ? 0 : 0.5);
    return [name, new ort.Tensor('float32', data, shape)];
  }));
  for (let i = 0; i < 3; ++i) await session.run(feeds);
  const times = [];
  for (const end = performance.now() + seconds * 1e3; performance.now() < end || times.length < 5;) {
    const start = performance.now();
    await session.run(feeds);
    times.push(performance.now() - start);
  }
  return median(times);
};

if (process.argv[2] === '--measure') {
  console.log(await measure(process.argv[3], 3));
} else {
  const [, self, rivulet, turns = '5'] = process.argv;
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-race-'));
  const file = join(folder, 'dit.onnx');
  console.log('| pictures | batch | ours, ms | onnxruntime-node, ms | ratio |\n| --- | --- | --- | --- | --- |');
  for (const [side, channels] of [[16, 3], [28, 1]]) {
    for (const batch of [1, 16]) {
      const times = [[], []];
      for (let turn = 0; turn < Number(turns); ++turn) {
        const ours = JSON.parse(execFileSync(rivulet, ['bench', 'pictures', '--only', 'inference', '--side', side, '--channels', channels, '--batch', batch,
          '--classes', 10, '--seconds', 3, '--onnx', file, '--json'].map(String), { encoding: 'utf8' }));
        times[0].push(ours.inference.seconds * 1e3);
        times[1].push(Number(execFileSync(process.execPath, [fileURLToPath(new URL('native.mjs', import.meta.url)), '--measure', file], { encoding: 'utf8' })));
      }
      const [a, b] = times.map(median);
      console.log(`| ${side}x${side}x${channels} | ${batch} | ${a.toFixed(2)} | ${b.toFixed(2)} | ${(b / a).toFixed(2)} |`);
    }
  }
  rmSync(folder, { recursive: true });
}
