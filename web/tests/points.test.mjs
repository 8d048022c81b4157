// Files that are dropped upon the labs: tables of points, and what no lab takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from './browser.mjs';

const { isolated, visit } = setUp();

/** Two columns: a circle about (100, 7). */
const circle = (count) => `x,y\n${Array.from({ length: count }, (_, i) => {
  const angle = (i / count) * 2 * Math.PI;
  return `${100 + 40 * Math.cos(angle)},${7 + 40 * Math.sin(angle)}`;
}).join('\n')}\n`;

test('a table of points is learned by every 2-D lab, and told how it is scaled', async (t) => {
  const v = await visit(t, isolated.url);
  for (const lab of ['flow2d', 'tarflow2d', 'distill2d', 'experts-balance', 'experts-geometry']) {
    await v.openLab(lab);
    await v.drop('circle.csv', circle(4000));
    const s = await v.until((now) => now.state.includes('target=drawn') && now.toast.includes('4000'), `the points in ${lab}`);
    assert.match(s.toast, /4000 points of 4000 rows, shown as \(x - 100, y - 7\) times 0\.0675/);
    assert.equal(s.lab, lab);
    if (lab === 'flow2d') {
      await v.until((now) => now.step > 100, 'training on the points', 90);
      await v.screenshot('points');
    }
  }
  // The address keeps two thousand of them.
  await v.until(() => v.page.url().includes('target=drawn'), 'the address');
  const other = await visit(t, v.page.url());
  await other.until((s) => s.state.includes('target=drawn'), 'the points from the address');
  assert.deepEqual(v.errors, []);
});

test('a large table is taken, and bad ones are refused by their line', async (t) => {
  const v = await visit(t, `${isolated.url}#flow2d`);
  await v.drop('large.csv', circle(400000));
  await v.until((s) => s.toast.includes('65536 points of 400000 rows'), 'the large table', 30);
  const before = (await v.state()).state;
  await v.drop('bad.csv', '1,2\n3,four\n');
  await v.until((s) => /line 2: "3,four" is not two numbers/.test(s.toast), 'the bad line');
  assert.equal((await v.state()).state, before, 'nothing changed');
  assert.deepEqual(v.errors, []);
});

test('what no lab takes is named, with what the labs take', async (t) => {
  const v = await visit(t, `${isolated.url}#pictures`);
  for (const [name, content, words] of [['photo.jpg', Buffer.from('ffd8ffe000104a46494600010100', 'hex'), /a JPEG picture.*PNG/],
    ['page.html', '<!DOCTYPE html><html></html>', /an HTML page/], ['empty.csv', '', /an empty file/]]) {
    await v.drop(name, content);
    await v.until((s) => words.test(s.toast), `a word about ${name}`);
  }
  await v.drop('circle.csv', circle(100));
  await v.until((s) => s.lab === 'flow2d' && s.toast.includes('100 points'), 'the first lab that takes it');
  await v.openLab('distill-pictures');
  await v.drop('circle.csv', circle(100));
  await v.until((s) => s.lab === 'distill2d' && s.state.includes('target=drawn'), 'the lab of the same system');
  assert.deepEqual(v.errors, []);
});
