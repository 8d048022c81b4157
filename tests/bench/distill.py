#!/usr/bin/env python3
"""What the articles on identity distillation leave open, answered in the plane: tables over three seeds.

    tests/bench/distill.py [RIVULET] [--steps N] [--only WORD]

Runs `rivulet train distill-toy` (standard library only; two runs at a time) and prints the mean and the range of the energy distance
to the data (times 1000; fresh data have `floor`), of L1 and of the generator's deviation over the data's.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess

here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument('rivulet', nargs='?', default=os.path.join(here, '../../build/native/rivulet'))
parser.add_argument('--steps', type=int, default=2000)
parser.add_argument('--only', default='')
arguments = parser.parse_args()
seeds = (1, 2, 3)


def losses(*lambdas):
    return [(f'lambda {x:g}', ['--lambda', f'{x:g}']) for x in lambdas]


naive, l3, l4 = (('L1, psi frozen', ['--loss', 'l1']), ('L3', ['--loss', 'l3']), ('L4', ['--loss', 'l4']))
fixed = [(f'one level, u = {u:g}', ['--level', f'{u:g}']) for u in (0.1, 0.2, 0.35, 0.5, 0.65, 0.8)]
fake = [(f'{k} fake step{"s" * (k > 1)}', ['--fake-steps', str(k)]) for k in (1, 2, 5, 10)]
questions = [
    ('Is L3 better than L2? A Gaussian', ['--gaussian', '--start', '0.5'], [naive, l3, l4, *losses(0, 0.5, 1)]),
    ('Is L3 better than L2? Eight Gaussians', [], [naive, l3, l4, *losses(0, 0.5, 1)]),
    ('Is lambda = 1/2 the best? Eight Gaussians', [], losses(0, 0.25, 0.5, 0.75, 1, 1.2, 1.5)),
    ('Is lambda = 1/2 the best? Begun wide', ['--start', '3'], losses(0, 0.5, 1, 1.2, 1.5)),
    ('Is lambda = 1/2 the best? Two moons', ['--target', 'two-moons'], losses(0, 0.5, 1, 1.2)),
    ('Does one noise level suffice? Eight Gaussians', [], [('all levels', []), *fixed]),
    ('What do more fake steps buy? As many updates of the generator', [], fake),
]


def run(options, seed):
    command = [arguments.rivulet, 'train', 'distill-toy', '--json', '--steps', str(arguments.steps), '--seed', str(seed), *options]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


far = 1e5  # a generator that is there has left for good


def spread(values, form):
    finite = [value for value in values if value is not None]
    if not finite or max(finite) > far:
        return f'away, {sum(value is None or value > far for value in values)} of {len(values)}'
    return f'{sum(finite) / len(finite):{form}} ({min(finite):{form}} to {max(finite):{form}})'


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for title, common, rows in questions:
        if arguments.only not in title:
            continue
        tried = [(name, [pool.submit(run, common + options, seed) for seed in seeds]) for name, options in rows]
        print(f'\n**{title}** (`rivulet train distill-toy {" ".join(common + ["--steps", str(arguments.steps)])}`)\n')
        print('| | energy distance x 1000 | L1 x 1000 | deviation over the data\'s |\n| --- | --- | --- | --- |')
        for name, futures in tried:
            results = [future.result() for future in futures]
            print(f'| {name} | {spread([1000 * r["energy_distance"] for r in results], ".1f")} '
                  f'| {spread([1000 * r["l1"] if "l1" in r else None for r in results], ".1f")} '
                  f'| {spread([r["deviation"] / r["data_deviation"] for r in results], ".2f")} |', flush=True)
        print(f'\nFresh data: {1000 * results[0]["floor"]["energy_distance"]:.2f}.')
