// Draws the avatar set: faces of 16x16 pixels, every one different, with seven labels each.
//
//   node make.mjs --out FOLDER [--seed 0] [--count 60000] [--held-out 5000]
//
// The drawings are DiceBear's "Pixel Art" (CC0). Every part of a face is drawn once in each of its
// colours and a face is parts laid over each other, so the whole set takes seconds.
//
// FOLDER gets train.npy and test.npy [N,16,16,3], train-labels.npy and test-labels.npy [N,7], all
// bytes, and attributes.json, which says what the labels mean. The test part is held out by
// combination: no seven labels that occur together there occur together in the training part.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { create } from '@dicebear/pixel-art';
import { Resvg } from '@resvg/resvg-js';

const SIDE = 16;
const PIXELS = SIDE * SIDE;

// ---- What the pictures show -------------------------------------------------------------------

// The labels, in their order. Styles are those that stay apart from each other under every hat;
// colours are far enough apart to be told by a glance at a few pixels.
const HAIR = {
  short: 'short17', bowl: 'short14', spiky: 'short13', wild: 'short11',
  curly: 'long15', buns: 'long14', topknot: 'long05', braid: 'long06',
  braids: 'long18', wave: 'long17', swoop: 'long08', straight: 'long09',
  long: 'long13', flip: 'long03', shaved: 'long10', bob: 'long20',
};
const HAIR_COLOUR = {
  black: '221e2b', brown: '4f2b13', auburn: 'a8431f', blond: 'edc55d',
  silver: 'c3c9d4', blue: '3f78d8', pink: 'ef6aa7', teal: '1f9e93',
};
const SKIN = {
  fair: 'fbdcc2', peach: 'f0bd90', tan: 'd69a62', brown: 'ac6d3f', deep: '70422b',
};
const GLASSES = {
  none: [],
  clear: ['light02', 'light03', 'light05', 'light06'],
  dark: ['dark02', 'dark03', 'dark05', 'dark06'],
};
const HAT = {
  none: [],
  cap: ['variant02', 'variant07'],
  bowler: ['variant06'],
  beanie: ['variant03', 'variant05', 'variant08'],
};
const CLOTHING_COLOUR = {
  red: 'd23a3f', orange: 'f28b36', yellow: 'f6d04d', green: '43a65a',
  blue: '3566cf', purple: '8450c8', white: 'f3f3ef', black: '30313d',
};
const BACKGROUND = {
  sky: 'bfe1f6', mint: 'c6edd0', peach: 'ffd9bd', rose: 'fbcfdc', lilac: 'd8cef4', cream: 'faf1cb',
};
const ATTRIBUTES = [
  ['hair', HAIR], ['hair colour', HAIR_COLOUR], ['skin', SKIN], ['glasses', GLASSES],
  ['hat', HAT], ['clothing', CLOTHING_COLOUR], ['background', BACKGROUND],
].map(([name, values]) => ({ name, values: Object.keys(values) }));

// What varies without a label.
const numbered = (name, ...numbers) => numbers.map((n) => name + String(n).padStart(2, '0'));
const FREE = {
  clothing: numbered('variant', 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 17, 23),
  eyes: numbered('variant', 1, 2, 5, 6, 7, 8, 9, 10, 11),
  mouth: [
    ...numbered('happy', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    ...numbered('sad', 1, 3, 5, 6, 7, 8, 10),
  ],
  beard: numbered('variant', 1, 3, 4, 5),
  accessories: numbered('variant', 1, 2, 3, 4),
  eyesColor: ['4a3527', '2f6fb2', '3c7f52', '4b5563'],
  mouthColor: ['c4736a', 'de5b6d', 'b8453f'],
  glassesColor: ['3a3a42', '2c4f77', '8e3b52'],
  hatColor: ['c0392f', '2b5c9e', '3c8468', '6a4f96', '8b8d94'],
  accessoriesColor: ['f2c230', 'e8ecf2'],
};
// One picture in so many has it; without one, every value is as likely as the next.
const RARITY = { hat: 4, glasses: 3, beard: 12, accessories: 8 };

// ---- Chance -----------------------------------------------------------------------------------

// A counter-based generator: the same numbers give the same hash, on every machine.
function hash(...numbers) {
  let h = 0x9e3779b9;
  for (const n of numbers) {
    h = Math.imul(h ^ n, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

// Draws for the i-th face of a seed: each call of below(n) gives a new number in 0..n-1.
function dice(seed, i) {
  let draw = 0;
  const below = (n) => Math.floor((hash(seed, i, draw++) / 2 ** 32) * n);
  return { below, pick: (list) => list[below(list.length)], once_in: (n) => below(n) === 0 };
}

// ---- Drawing ----------------------------------------------------------------------------------

// DiceBear chooses by itself; with one choice for every question it draws what is asked for.
const obedient = { pick: (list, otherwise) => list[0] ?? otherwise, bool: (percent) => percent > 0 };
const NOTHING = {
  accessories: [], beard: [], clothing: [], eyes: [], glasses: [], hair: [], hat: [], mouth: [],
  accessoriesProbability: 100, beardProbability: 100, glassesProbability: 100, hatProbability: 100,
};

function rgba(body) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"` +
    ` viewBox="0 0 ${SIDE} ${SIDE}" fill="none" shape-rendering="crispEdges">${body}</svg>`;
  return Uint8Array.from(new Resvg(svg).render().pixels);  // colours already times alpha
}

// One part in one colour on nothing, [16,16,4]. Parts are drawn after the head, so what the head
// alone takes is cut off; part "head" is the head itself.
const drawn = new Map();
function layer(part, style, colour) {
  const key = `${part} ${style} ${colour}`;
  if (!drawn.has(key)) {
    const name = { head: 'skin', beard: 'hair' }[part] ?? part;
    const options = { ...NOTHING, [`${name}Color`]: [colour] };
    const head = create({ prng: obedient, options }).body;
    const body = part === 'head'
      ? head
      : create({ prng: obedient, options: { ...options, [part]: [style] } }).body.slice(head.length);
    if (!body) throw new Error(`the drawings have no ${part} named ${style}`);
    drawn.set(key, rgba(body));
  }
  return drawn.get(key);
}

function face(labels, d) {
  const [hair, hair_colour, skin, glasses, hat, clothing, background] = labels.map(
    (label, k) => ATTRIBUTES[k].values[label]);
  const free = (part) => [part, d.pick(FREE[part]), d.pick(FREE[`${part}Color`])];
  const layers = [['head', '', SKIN[skin]]];
  if (d.once_in(RARITY.accessories)) layers.push(free('accessories'));
  layers.push(['clothing', d.pick(FREE.clothing), CLOTHING_COLOUR[clothing]]);
  layers.push(free('eyes'));
  if (glasses !== 'none') layers.push(['glasses', d.pick(GLASSES[glasses]), d.pick(FREE.glassesColor)]);
  if (d.once_in(RARITY.beard)) layers.push(['beard', d.pick(FREE.beard), HAIR_COLOUR[hair_colour]]);
  layers.push(free('mouth'));
  layers.push(['hair', HAIR[hair], HAIR_COLOUR[hair_colour]]);
  if (hat !== 'none') layers.push(['hat', d.pick(HAT[hat]), d.pick(FREE.hatColor)]);

  const ground = [0, 2, 4].map((i) => parseInt(BACKGROUND[background].slice(i, i + 2), 16));
  const picture = new Uint8Array(PIXELS * 3);
  for (let i = 0; i < picture.length; ++i) picture[i] = ground[i % 3];
  for (const over of layers.map((l) => layer(...l))) {
    for (let p = 0; p < PIXELS; ++p) {
      const clear = 255 - over[4 * p + 3];
      if (clear === 255) continue;
      for (let c = 0; c < 3; ++c) {
        picture[3 * p + c] = over[4 * p + c] + Math.round((picture[3 * p + c] * clear) / 255);
      }
    }
  }
  return picture;
}

function chosen(k, d) {
  const { name, values } = ATTRIBUTES[k];
  if (values[0] !== 'none') return d.below(values.length);
  return d.once_in(RARITY[name]) ? 1 + d.below(values.length - 1) : 0;
}

// ---- The set ----------------------------------------------------------------------------------

const HELD_OUT = 13;  // one combination of labels in so many belongs to the test part

function make(seed, counts) {
  const parts = {};
  for (const [name, count] of Object.entries(counts)) {
    parts[name] = {
      count, done: 0,
      pixels: new Uint8Array(count * PIXELS * 3),
      labels: new Uint8Array(count * ATTRIBUTES.length),
    };
  }
  const seen = new Set();
  let left = counts.train + counts.test;
  for (let i = 0; left > 0; ++i) {
    if (i > 50 * (counts.train + counts.test) + 10000) {
      throw new Error(`there are no ${counts.train} + ${counts.test} different faces to draw`);
    }
    const d = dice(seed, i);
    const labels = ATTRIBUTES.map((_, k) => chosen(k, d));
    const part = parts[hash(...labels) % HELD_OUT === 0 ? 'test' : 'train'];
    if (part.done === part.count) continue;
    const picture = face(labels, d);
    const key = Buffer.from(picture).toString('latin1');
    if (seen.has(key)) continue;
    seen.add(key);
    part.pixels.set(picture, part.done * picture.length);
    part.labels.set(labels, part.done * labels.length);
    ++part.done;
    if (--left % 1000 === 0) progress(seen.size, seen.size + left);
  }
  return parts;
}

function progress(done, all) {
  if (process.stderr.isTTY) process.stderr.write(`\rdrawing avatars: ${done} of ${all}${done === all ? '\n' : ''}`);
  else if (done % 10000 === 0 || done === all) process.stderr.write(`drawing avatars: ${done} of ${all}\n`);
}

// NumPy's format 1.0 for an array of bytes.
function npy(shape, bytes) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const head = Buffer.alloc(Math.ceil((10 + text.length + 1) / 64) * 64, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(head.length - 10, 8);
  head.write(text, 10);
  head.write('\n', head.length - 1);
  return Buffer.concat([head, bytes]);
}

// Nothing in the folder changes before everything is on the disk.
function write(folder, files) {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const names = Object.keys(files);
  try {
    for (const name of names) writeFileSync(join(folder, `${name}.part`), files[name]);
    for (const name of names) renameSync(join(folder, `${name}.part`), join(folder, name));
  } catch (error) {
    for (const name of names) rmSync(join(folder, `${name}.part`), { force: true });
    throw error;
  }
}

function whole(text, name, least, most) {
  const n = Number(text);
  if (!/^[0-9]+$/.test(text) || n < least || n > most) {
    throw new Error(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
  }
  return n;
}

function main() {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      seed: { type: 'string', default: '0' },
      count: { type: 'string', default: '60000' },
      'held-out': { type: 'string', default: '5000' },
    },
  });
  if (!values.out) throw new Error('--out FOLDER is missing');
  const seed = whole(values.seed, 'seed', 0, 2 ** 32 - 1);
  const train = whole(values.count, 'count', 1, 1000000);
  const test = whole(values['held-out'], 'held-out', 1, 100000);
  const parts = make(seed, { train, test });
  const files = {};
  for (const [name, part] of Object.entries(parts)) {
    files[`${name}.npy`] = npy([part.count, SIDE, SIDE, 3], part.pixels);
    files[`${name}-labels.npy`] = npy([part.count, ATTRIBUTES.length], part.labels);
  }
  files['attributes.json'] = `${JSON.stringify(ATTRIBUTES, null, 1)}\n`;
  write(values.out, files);
}

try {
  main();
} catch (error) {
  process.stderr.write(`rivulet: ${error.message}\n`);
  process.exit(1);
}
