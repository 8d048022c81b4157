#!/usr/bin/env python3
"""Do the tests fail when the mathematics is wrong? Puts single faults into the sources and runs the suites.

    tests/mutate.py [--seed 1] [--count 300] [--jobs 1] [--only PATTERN] [--list] [--again]

A fault is one token changed by a rule: an operator, a sign, a constant, a comparison, a function by its neighbour, a call left out.
They are drawn from models/, nn/, train/, metrics/, io/ and graph/autodiff.cpp: evenly over the rules, and over the files by what each has,
of no file more than its share. The checkout is not touched: a changed copy is compiled below build/ and linked in front of the library of
build/native, so a fault costs one file and one link. First run the test files that include its header, then all others, then (of io/) the
fuzzers' corpus and the scripts of the command line: what `./test native` runs. Failures, crashes and hangs count as noticed.

Results are kept in build/mutants.jsonl: a run that was interrupted goes on, --again repeats what survived. Faults after which every input
gives the same result stand in tests/mutants_equivalent.txt, each with its reason, and count for neither side.

What is no fault of the mathematics is left alone: template arguments, static_assert, words of errors, limits given to need() and to
the readers of cards (that a check is there at all is tested), assertions, room that is reserved, benchmarks.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import itertools
import json
import math
import os
import pathlib
import queue
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIBRARY = 'lib/rivulet/'
BUILT = ROOT / 'build/native'
RESULTS = ROOT / 'build/mutants.jsonl'
SECONDS = ROOT / 'build/mutants_seconds.json'
EQUIVALENT = ROOT / 'tests/mutants_equivalent.txt'
PLACES = ('models/*.cpp', 'nn/*.cpp', 'train/*.cpp', 'metrics/*.cpp', 'io/*.cpp', 'graph/autodiff.cpp')
LEFT_OUT = re.compile(r'.*_bench|io/(bytes|card|sniff|text)')  # they measure time; files and words, which are no codecs
SCRIPTS = ('files.sh', 'pictures.sh', 'ddcm.sh', 'onnx_export.py')  # of tests/cli
SCRIPT_SECONDS = 120
QUICK = 0.3  # seconds
MEMORY = 12 << 30  # bytes of address space: a wrong size must not take the machine along
SHARE = 3  # a file gets at most so many times the mean


# --- tokens ------------------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r'''
    (?P<blank>  \s+ | //[^\n]* | /\*.*?\*/ | \#(?:\\\n|[^\n])* )
  | (?P<number> (?:0[xX][\da-fA-F']+ | (?:\d[\d']*\.?[\d']*|\.\d+)(?:[eE][+-]?\d+)?)[uUlLfFzZ]* )
  | (?P<text>   (?:u8|[uUL])?(?:R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)" | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)+') )
  | (?P<name>   [A-Za-z_]\w* )
  | (?P<sign>   <<=|>>=|<=>|\.\.\.|->|::|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|. )
''', re.VERBOSE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    spaced: bool  # on both sides, as the format has it around operators of two operands

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens_of(source: str) -> list[Token]:
    return [Token(m.lastgroup or '', m[0], m.start(), source[m.start() - 1 : m.start()].isspace() and source[m.end() : m.end() + 1].isspace())
            for m in TOKEN.finditer(source) if m.lastgroup != 'blank']


def closing(tokens: list[Token], at: int) -> int:
    """The index of what closes the bracket at an index, or the last."""
    pairs = {'(': ')', '[': ']', '{': '}'}
    depth = 0
    for i in range(at, len(tokens)):
        if tokens[i].kind == 'sign':
            depth += (tokens[i].text in pairs) - (tokens[i].text in pairs.values())
            if depth == 0:
                return i
    return len(tokens) - 1


def closing_angle(tokens: list[Token], at: int) -> int:
    """The same of template arguments, or the index itself where this is no such bracket."""
    depth = 0
    for i in range(at, len(tokens)):
        if tokens[i].text in ';{':
            return at
        depth += (tokens[i].text == '<') - tokens[i].text.count('>') * (tokens[i].text in ('>', '>>'))
        if depth <= 0:
            return i
    return at


ALONE = re.compile(r'static_assert|assert|reserve|fail|to_string|need|bad_card|card_\w+')  # what stands in the parentheses after these


def left_alone(tokens: list[Token]) -> set[int]:
    """Indices of tokens that no rule changes."""
    skipped: set[int] = set()
    for i, token in enumerate(tokens[:-1]):
        following = tokens[i + 1]
        if token.kind == 'name' and following.text == '(' and ALONE.fullmatch(token.text):
            skipped.update(range(i + 1, closing(tokens, i + 1) + 1))
        elif token.kind == 'name' and following.text == '<' and (not following.spaced or token.text == 'template'):
            skipped.update(range(i + 1, closing_angle(tokens, i + 1) + 1))
        elif token.text == 'operator':
            skipped.add(i + 1)
        elif token.text == '[' and following.text == '[':
            skipped.update(range(i, closing(tokens, i) + 1))
        elif token.text in ('enum', 'using'):
            skipped.update(range(i, next(k for k in range(i, len(tokens)) if tokens[k].text == ';')))
    return skipped


# --- rules -------------------------------------------------------------------------------------------------------------------------

ARITHMETIC = {'+': '-', '-': '+', '*': '/', '/': '*', '%': '/', '+=': '-=', '-=': '+=', '*=': '/=', '/=': '*=', '<<': '>>', '>>': '<<',
              '<<=': '>>=', '>>=': '<<=', '&': '|', '|': '&', '^': '&', '&=': '|=', '|=': '&=', '^=': '&='}
COMPARISON = {'<': ('<=', '>'), '<=': ('<', '>='), '>': ('>=', '<'), '>=': ('>', '<='), '==': ('!=',), '!=': ('==',)}
LOGICAL = {'&&': '||', '||': '&&'}
EXTREMES = [('min', 'max'), ('minimum', 'maximum'), ('min_element', 'max_element'), ('floor', 'ceil')]
FUNCTIONS = [('sin', 'cos'), ('exp', 'square'), ('tanh', 'sigmoid'), ('sum', 'mean'), ('sqrt', 'square'), ('log', 'sqrt'),
             ('sqrt', 'rsqrt'), ('reverse', 'sort')]
STANDARD = [('sin', 'cos'), ('exp', 'log'), ('exp2', 'exp'), ('log', 'log2'), ('sqrt', 'cbrt'), ('round', 'floor'), ('reverse', 'sort')]
UNWRAPPED = ('stop_gradient', 'abs', 'fabs', 'neg', 'reciprocal', 'square', 'sqrt', 'log', 'exp', 'tanh', 'gelu', 'silu', 'floor', 'sign')
FOLLOWED = ('return', 'else', 'case', 'co_return')  # a name after any other name is what is being declared
DROPPED = 'while (false) '
SWAPPED_LESS = '[](auto a, auto b) { return less(b, a); }'


@dataclasses.dataclass(frozen=True)
class Site:
    """A place and what it becomes; `nth` tells lines that read alike apart."""
    file: str
    line: int
    column: int
    rule: str
    before: str
    after: str
    original: str
    nth: int

    @property
    def mutated(self) -> str:
        return self.original[: self.column] + self.after + self.original[self.column + len(self.before) :]

    @property
    def key(self) -> str:
        return '|'.join((self.file, self.original, str(self.nth), str(self.column), self.rule, self.before, self.after))

    @property
    def room(self) -> str:
        return self.file.split('/')[0]


Change = tuple[str, int, int, str]  # rule, from, to, what stands there instead


def other_numbers(text: str) -> list[str]:
    """What a constant may become."""
    digits, suffix = re.fullmatch(r"(0[xX][\da-fA-F']+|.*?)([uUlLfFzZ]*)", text).groups()
    digits = digits.replace("'", '')
    if digits[:2] in ('0x', '0X'):
        return [hex(int(digits, 16) + 1) + suffix]
    if re.fullmatch(r'\d+', digits) and suffix not in ('f', 'F'):
        value = int(digits)
        return [str(n) + suffix for n in ({0: (1,), 1: (0, 2)}.get(value) or (value + 1, value * 2))]
    real = float(digits)
    changed = (1.0,) if real == 0 else (1000 * real,) if real < 1e-3 else (2 * real, real + 1)
    return [repr(n) + suffix for n in changed]


def is_real(text: str) -> bool:
    return not text.startswith(('0x', '0X')) and bool(re.search(r'[.eEfF]', text)) and float(text.rstrip('fFlL')) != 0


def signs(tokens: list[Token], i: int) -> Iterator[Change]:
    token, before = tokens[i], tokens[i - 1] if i else tokens[i]
    if token.spaced and token.text in ARITHMETIC:
        if 'text' not in (before.kind, tokens[i + 1].kind):  # words are put together with + as well
            yield 'arithmetic', token.start, token.end, ARITHMETIC[token.text]
    elif token.spaced and token.text in COMPARISON:
        for other in COMPARISON[token.text]:
            yield 'comparison', token.start, token.end, other
    elif token.spaced and token.text in LOGICAL:
        yield 'logical', token.start, token.end, LOGICAL[token.text]
    elif token.text == '!':
        yield 'logical', token.start, token.end, ''
    elif token.text == '-' and before.kind in ('sign', 'name') and before.text not in ')]':
        yield 'sign', token.start, token.end, ''
    elif token.text in ('++', '--') and before.text in ';{})':
        yield 'arithmetic', token.start, token.end, '--' if token.text == '++' else '++'


def numbers(tokens: list[Token], i: int) -> Iterator[Change]:
    token = tokens[i]
    for other in other_numbers(token.text):
        yield 'constant', token.start, token.end, other
    if is_real(token.text) and tokens[i - 1].text != '-':
        yield 'sign', token.start, token.end, '-' + token.text


def calls(tokens: list[Token], i: int) -> Iterator[Change]:
    """Of a function that is called: its neighbour, or what it was called with alone."""
    token = tokens[i]
    standard = i > 1 and tokens[i - 1].text == '::'
    first = i
    while first > 1 and tokens[first - 1].text == '::':
        first -= 2
    before = tokens[first - 1]
    if before.text in ('.', '->', '~', '*', '&') and not before.spaced or before.kind == 'name' and before.text not in FOLLOWED or before.text == '>':
        return
    for rule, pairs in (('extreme', EXTREMES), ('function', STANDARD if standard else FUNCTIONS)):
        for pair in pairs:
            if token.text in pair:
                yield rule, token.start, token.end, pair[1 - pair.index(token.text)]
    last = closing(tokens, i + 1)
    depths = itertools.accumulate((t.text in '([{') - (t.text in ')]}') if t.kind == 'sign' else 0 for t in tokens[i + 1 : last])
    one = last > i + 2 and not any(t.text == ',' and depth == 1 for t, depth in zip(tokens[i + 1 : last], depths))
    if token.text in UNWRAPPED and one:
        yield 'stop-gradient' if token.text == 'stop_gradient' else 'unwrapped', tokens[first].start, token.end, ''
    if token.text == 'less' and not standard:
        yield 'comparison', token.start, token.end, SWAPPED_LESS


def dropped(tokens: list[Token], i: int) -> Iterator[Change]:
    """A statement that is a call and nothing else."""
    if i == 0 or tokens[i - 1].text not in (';', '{', '}', ')', 'else') or tokens[i].text in ('return', 'if', 'for', 'while', 'switch', 'throw'):
        return
    at, called = i, False
    while at + 1 < len(tokens):
        if tokens[at].text in ('(', '['):
            called = tokens[at].text == '('
            at = closing(tokens, at)
        elif tokens[at].text == '<' and not tokens[at].spaced:
            at = closing_angle(tokens, at)
            if tokens[at + 1].kind == 'name':
                break
        elif tokens[at].kind == 'name' and tokens[at + 1].kind == 'name' or tokens[at].kind == 'sign' and tokens[at].text not in ('.', '->', '::'):
            break
        at += 1
    if called and tokens[at].text == ';' and tokens[at - 1].text == ')' and not any(t.text in ('assert', 'reserve') for t in tokens[i:at]):
        yield 'dropped', tokens[i].start, tokens[i].start, DROPPED


def changes(tokens: list[Token]) -> Iterator[Change]:
    skipped = left_alone(tokens)
    for i, token in enumerate(tokens[:-1]):
        if i in skipped:
            continue
        if token.kind == 'sign':
            yield from signs(tokens, i)
        elif token.kind == 'number':
            yield from numbers(tokens, i)
        elif token.text in ('true', 'false'):
            yield 'truth', token.start, token.end, 'false' if token.text == 'true' else 'true'
        elif token.kind == 'name':
            if tokens[i + 1].text == '(':
                yield from calls(tokens, i)
            yield from dropped(tokens, i)


def sites_of(file: str) -> list[Site]:
    source = (ROOT / LIBRARY / file).read_text(encoding='utf-8')
    lines = source.split('\n')
    starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
    sites, row = [], 0
    for rule, start, end, after in sorted(changes(tokens_of(source)), key=lambda change: change[1]):
        while starts[row + 1] <= start:
            row += 1
        column = start - starts[row]
        nth = lines[:row].count(lines[row])
        sites.append(Site(file, row + 1, column, rule, source[start:end], after, lines[row], nth))
    return sites


def drawn(seed: int, count: int, only: str) -> Iterator[Site]:
    """All faults in the order of a seed, which does not depend on what else stands in the sources: the rules by turns."""
    files = sorted(str(p.relative_to(ROOT / LIBRARY)) for place in PLACES for p in (ROOT / LIBRARY).glob(place))
    files = [file for file in files if not LEFT_OUT.fullmatch(file.removesuffix('.cpp'))]
    sites = [site for file in files for site in sites_of(file) if re.search(only, f'{file}:{site.line} {site.rule}')]
    sites.sort(key=lambda site: hashlib.sha256(f'{seed}|{site.key}'.encode()).digest())
    most = math.inf if only else math.ceil(SHARE * count / len(files))
    queues = {rule: collections.deque(s for s in sites if s.rule == rule) for rule in sorted({s.rule for s in sites})}
    taken: collections.Counter[str] = collections.Counter()
    places: set[tuple[str, int, int]] = set()
    while any(queues.values()):
        for waiting in queues.values():
            while waiting:
                site = waiting.popleft()
                if taken[site.file] < most and (site.file, site.line, site.column) not in places:
                    taken[site.file] += 1
                    places.add((site.file, site.line, site.column))
                    yield site
                    break


# --- building and running ----------------------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Verdict:
    kind: str  # noticed, survived, not compiled, equivalent
    by: str = ''


class Bench:
    """What faults are built with and measured against: build/native, up to date and without a fault."""

    def __init__(self) -> None:
        make = 'set -euo pipefail; . cmake/setup.sh; . cmake/build.sh; test_tools; build native'
        subprocess.run(['bash', '-c', make], cwd=ROOT, check=True)
        entries = json.loads((BUILT / 'compile_commands.json').read_text())
        self.compilers = {os.path.relpath(entry['file'], ROOT / LIBRARY): shlex.split(entry['command']) for entry in entries}
        self.fuzzers = sorted(f'fuzz_{p.stem}' for p in (ROOT / 'tests/fuzz').glob('*.cpp') if p.stem != 'replay')
        self.linkers = {target: self.linker(target) for target in ('rivulet_tests', 'rivulet', *self.fuzzers)}
        self.included = {p.name: set(re.findall(r'#include "rivulet/(.+?)"', p.read_text(encoding='utf-8')))
                         for p in sorted((ROOT / 'tests').glob('*_test.cpp'))}
        self.seconds = self.time_suites()

    @staticmethod
    def linker(target: str) -> list[str]:
        commands = subprocess.run(['ninja', '-C', str(BUILT), '-t', 'commands', target], capture_output=True, text=True, check=True).stdout
        words = shlex.split(commands.strip().split('\n')[-1])
        return words[words.index('&&') + 1 : words.index('&&', words.index('&&') + 1)]

    def time_suites(self) -> dict[str, float]:
        """Seconds of a processor by test file, once for each build; they must pass as they are."""
        tests = BUILT / 'rivulet_tests'
        if SECONDS.exists() and SECONDS.stat().st_mtime > tests.stat().st_mtime:
            return json.loads(SECONDS.read_text())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([tests, '-r=xml', '-d'], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit('the suite fails without a fault')
        seconds: collections.Counter[str] = collections.Counter()
        for case in xml.etree.ElementTree.fromstring(done.stdout).iter('TestCase'):
            seconds[pathlib.Path(case.attrib['filename']).name] += float(case.find('OverallResultsAsserts').attrib['duration'])
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        share = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / sum(seconds.values())
        SECONDS.write_text(json.dumps({name: value * share for name, value in seconds.items()}))
        return self.time_suites()

    def turns(self, file: str) -> list[list[str]]:
        """All test files in the order in which they are run: those that include the header of a source or bear its name, of them the quick
        ones, then the others, likewise."""
        source = (ROOT / LIBRARY / file).read_text(encoding='utf-8')
        own = re.search(r'#include "rivulet/(.+?)"', source)
        headers = {str(pathlib.PurePath(file).with_suffix('.h')), own[1] if own else ''}
        near = {name for name, found in self.included.items() if found & headers or name == f'{pathlib.PurePath(file).stem}_test.cpp'}
        parts: list[list[str]] = [[], [], [], []]
        for name, seconds in self.seconds.items():
            parts[2 * (name not in near) + (seconds > QUICK)].append(name)
        return [part for part in parts if part]

    def judge(self, site: Site, folder: pathlib.Path) -> Verdict:
        if not self.compiled(site, folder) or not self.linked('rivulet_tests', folder):
            return Verdict('not compiled')
        for turn, files in enumerate(self.turns(site.file)):
            seconds = sum(self.seconds[name] for name in files)
            chosen = '--source-file=' + ','.join(f'*/{name}' for name in files)
            command = [folder / 'rivulet_tests', '-nc', '--abort-after=1', chosen]
            by = self.noticed(command, 3 * seconds + 10, folder)
            # Who is far is asked again: a machine under load can fail what waits.
            if by and (turn == 0 or self.noticed(command, 3 * seconds + 10, folder)):
                return Verdict('noticed', by)
        return self.judged_by_scripts(folder) if site.room == 'io' else Verdict('survived')

    def judged_by_scripts(self, folder: pathlib.Path) -> Verdict:
        commands = [(name, [folder / name, ROOT / 'tests/fuzz/corpus' / name.removeprefix('fuzz_')]) for name in self.fuzzers]
        for name in SCRIPTS:
            program = 'bash' if name.endswith('.sh') else '/usr/bin/python3'
            commands.append(('rivulet', [program, ROOT / 'tests/cli' / name, folder / 'rivulet']))
        for target, command in commands:
            if not (folder / target).exists() and not self.linked(target, folder):
                return Verdict('not compiled')
            if self.noticed(command, SCRIPT_SECONDS, folder):
                return Verdict('noticed', target if target != 'rivulet' else pathlib.Path(command[1]).name)
        return Verdict('survived')

    def compiled(self, site: Site, folder: pathlib.Path) -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / 'tmp').mkdir(parents=True)
        lines = (ROOT / LIBRARY / site.file).read_text(encoding='utf-8').split('\n')
        lines[site.line - 1] = site.mutated
        copy = folder / pathlib.PurePath(site.file).name
        copy.write_text('\n'.join(lines), encoding='utf-8')
        words = list(self.compilers[site.file])
        words[words.index('-o') + 1] = str(folder / 'mutant.o')
        words[words.index('-c') + 1] = str(copy)
        return self.made([*words, '-w', '-iquote', str((ROOT / LIBRARY / site.file).parent)])

    def linked(self, target: str, folder: pathlib.Path) -> bool:
        """The changed object stands before the library, whose own is then not looked for."""
        words = list(self.linkers[target])
        at = words.index('-o')
        words[at + 1] = str(folder / target)
        words.insert(at, str(folder / 'mutant.o'))
        return self.made([*words, *(['-fuse-ld=lld'] if shutil.which('ld.lld') else [])])

    @staticmethod
    def made(words: list[str]) -> bool:
        done = subprocess.run(words, cwd=BUILT, capture_output=True, check=False, env={**os.environ, 'CCACHE_DISABLE': '1'})
        return done.returncode == 0

    @staticmethod
    def noticed(command: list, seconds: float, folder: pathlib.Path) -> str:
        """Who noticed, and how where that is not by a failed check; nothing where the command ends well."""
        # Of the processor's time, which other work on the machine does not lengthen; who waits for ever is found by the clock.
        limits = ['timeout', '-k', '2', str(math.ceil(60 + 10 * seconds)), 'prlimit', f'--cpu={math.ceil(seconds)}:{math.ceil(seconds) + 5}', f'--as={MEMORY}', '--core=0']
        done = subprocess.run([*limits, *command], cwd=ROOT, capture_output=True, text=True, errors='replace', stdin=subprocess.DEVNULL,
                              check=False, env={**os.environ, 'TMPDIR': str(folder / 'tmp')})
        if done.returncode == 0:
            return ''
        hangs = done.returncode in (124, 137, -signal.SIGKILL, -signal.SIGXCPU, 128 + signal.SIGXCPU)
        how = ' (hangs)' if hangs else '' if done.returncode in (1, 2) else ' (crashes)'
        told = done.stdout.partition('ERROR: ')[0]  # before it may stand what other cases had to say
        cases = re.findall(r'(\w+_test\.cpp):\d+:\n(?:TEST SUITE: .*\n)?TEST CASE:  (.*)', told)
        return (f'{cases[-1][0]} "{cases[-1][1]}"' if cases else pathlib.Path(command[0]).name) + how


# --- the record --------------------------------------------------------------------------------------------------------------------

def equivalents() -> set[tuple[str, str, str]]:
    """(file, line, line with the fault), each without its indent, of a file of blocks: file, - line, + line, why."""
    if not EQUIVALENT.exists():
        return set()
    blocks = [block.split('\n') for block in EQUIVALENT.read_text(encoding='utf-8').split('\n\n') if not block.startswith('#')]
    found = set()
    for block in blocks:
        if len(block) < 4 or block[1][:2] != '- ' or block[2][:2] != '+ ':
            sys.exit(f'{EQUIVALENT}: a block is file, "- line", "+ line", why: {block}')
        found.add((block[0], block[1][2:].strip(), block[2][2:].strip()))
    return found


def digest(file: str) -> str:
    return hashlib.sha256((ROOT / LIBRARY / file).read_bytes()).hexdigest()[:16]


class Record:
    """Verdicts so far, by fault and by what its file reads without."""

    def __init__(self, again: bool) -> None:
        self.known: dict[tuple[str, str], Verdict] = {}
        self.again = again
        for line in RESULTS.read_text(encoding='utf-8').splitlines() if RESULTS.exists() else []:
            entry = json.loads(line)
            self.known[entry['key'], entry['digest']] = Verdict(entry['kind'], entry['by'])

    def find(self, site: Site) -> Verdict | None:
        verdict = self.known.get((site.key, digest(site.file)))
        return None if verdict and self.again and verdict.kind == 'survived' else verdict

    @staticmethod
    def add(site: Site, verdict: Verdict, seconds: float) -> None:
        entry = {'key': site.key, 'digest': digest(site.file), **dataclasses.asdict(verdict), 'seconds': round(seconds, 1),
                 'file': site.file, 'line': site.line, 'rule': site.rule}
        with RESULTS.open('a', encoding='utf-8') as file:
            file.write(json.dumps(entry) + '\n')


def told(site: Site, verdict: Verdict | None = None) -> str:
    how = '' if verdict is None else f'  {verdict.kind.upper() if verdict.kind == "survived" else verdict.kind}'
    after = {SWAPPED_LESS: 'less of its arguments in turn', '': 'nothing', DROPPED: 'not called'}.get(site.after, site.after)
    change = f'{site.before or "a call"} -> {after}'
    return f'{site.file}:{site.line}:{site.column + 1}  {site.rule}  {change}{how}{" by " + verdict.by if verdict and verdict.by else ""}'


def summary(results: list[tuple[Site, Verdict]]) -> None:
    by_room: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for site, verdict in results:
        for room in (site.room, 'all'):
            by_room[room][verdict.kind] += 1
    print('\n| room | made | noticed | equivalent | survived | noticed, % | (not compiled) |\n| --- | --- | --- | --- | --- | --- | --- |')
    for room in sorted(by_room, key=lambda name: (name == 'all', name)):
        n = by_room[room]
        noticed, survived = n['noticed'], n['survived']
        share = 100 * noticed / max(noticed + survived, 1)
        print(f'| {room} | {noticed + survived + n["equivalent"]} | {noticed} | {n["equivalent"]} | {survived} | {share:.1f} | {n["not compiled"]} |')
    for site, verdict in sorted(results, key=lambda result: (result[0].file, result[0].line)):
        if verdict.kind == 'survived':
            print(f'\n{told(site, verdict)}\n- {site.original.strip()}\n+ {site.mutated.strip()}')


# --- all together ------------------------------------------------------------------------------------------------------------------

def run(faults: Iterator[Site], count: int, jobs: int, record: Record) -> list[tuple[Site, Verdict]]:
    same = equivalents()
    folders: queue.Queue[pathlib.Path] = queue.Queue()
    for job in range(jobs):
        folders.put(ROOT / f'build/mutant-{job}')
    bench: Bench | None = None
    results: list[tuple[Site, Verdict]] = []
    made = 0

    def work(site: Site) -> tuple[Site, Verdict]:
        folder, start = folders.get(), time.monotonic()
        verdict = bench.judge(site, folder)
        record.add(site, verdict, time.monotonic() - start)
        shutil.rmtree(folder, ignore_errors=True)
        folders.put(folder)
        return site, verdict

    def finished(site: Site, verdict: Verdict) -> None:
        nonlocal made
        made += verdict.kind != 'not compiled'
        results.append((site, verdict))
        print(f'{made}/{count}  {told(site, verdict)}', flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        pending: set[concurrent.futures.Future] = set()
        while made < count:
            site = next(faults, None) if made + len(pending) < count else None
            if site is not None:
                listed = (site.file, site.original.strip(), site.mutated.strip()) in same
                verdict = Verdict('equivalent') if listed else record.find(site)
                if verdict:
                    finished(site, verdict)
                    continue
                bench = bench or Bench()
                pending.add(pool.submit(work, site))
            if not pending:
                break
            if site is None or len(pending) >= jobs:
                done, pending = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    finished(*future.result())
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description='Puts single faults into the mathematics and runs the suites that should notice.')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=300, help='faults that compile')
    parser.add_argument('--jobs', type=int, default=1, help='faults at a time')
    parser.add_argument('--only', default='', metavar='PATTERN', help='of "FILE:LINE RULE", a regular expression: all that it matches, without shares')
    parser.add_argument('--list', action='store_true', help='print the faults, run nothing')
    parser.add_argument('--again', action='store_true', help='repeat what survived')
    args = parser.parse_args()
    faults = drawn(args.seed, args.count, args.only)
    if args.list:
        for site in itertools.islice(faults, args.count):
            print(f'{told(site)}\n- {site.original.strip()}\n+ {site.mutated.strip()}')
        return
    RESULTS.parent.mkdir(exist_ok=True)
    summary(run(faults, args.count, max(args.jobs, 1), Record(args.again)))


if __name__ == '__main__':
    main()
