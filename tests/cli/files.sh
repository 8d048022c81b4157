#!/usr/bin/env bash
# A person's files and time, from outside: files.sh PATH_OF_RIVULET. Nothing trained is lost, nothing damaged is accepted, folders
# as people have them, messages, exit codes, signs of life. Prints "N passed, M failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

# set FOLDER CLASS...: eight pictures of 8x8 in each class, of colours that differ.
cat >make.py <<'PY'
import os, struct, sys, zlib
def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
folder, *classes = sys.argv[1:]
for c, name in enumerate(classes):
    os.makedirs(os.path.join(folder, name), exist_ok=True)
    for i in range(8):
        rows = b''.join(b'\0' + bytes((c * 90 + i * 7 + x * y) % 256 for x in range(24)) for y in range(8))
        with open(os.path.join(folder, name, f'{i}.png'), 'wb') as file:
            file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 8, 8, 8, 2, 0, 0, 0))
                       + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
PY
set_of() { python3 make.py "$@"; }
set_of ok a b
small=(--width 16 --depth 1 --heads 2 --batch 8)
train() { "$rivulet" train flow --data ok "${small[@]}" "$@"; }
models=$(dirname "$rivulet")/../../assets/models

# ---- Nothing trained is lost -----------------------------------------------------------------------------------------------

long_names() {
  local name
  name=$(printf '猫%.0s' $(seq 85))  # 255 bytes
  set_of long "$name" b && exits 0 "$rivulet" train flow --data long "${small[@]}" --steps 3 --out l.safetensors &&
    exits 0 "$rivulet" sample --model l.safetensors --n 2 --class "$name" --out l.png && exits 0 "$rivulet" info l.ckpt || return 1
  set_of latin a b && mv latin/a $'latin/caf\xe9' &&
    exits 1 "$rivulet" train flow --data latin "${small[@]}" --steps 3 --out x.safetensors && says 'latin/caf\xE9' stderr && says UTF-8 stderr && [ ! -e x.ckpt ]
}
check "names of any script up to 255 bytes are saved; bytes that are no UTF-8 are refused before the first step" long_names

default_names() {
  mkdir -p names && (cd names && ln -sfn ../ok ok &&
    exits 0 train --steps 3 && says "saving to flow.safetensors" stderr && [ -s flow.safetensors ] && [ -s flow.ckpt ] &&
    exits 0 train --steps 3 && says "saving to flow-2.safetensors" stderr && [ -s flow-2.ckpt ] &&
    exits 0 "$rivulet" train flow --data ok --resume flow.ckpt --steps 5 && says "saving to flow.safetensors" stderr &&
    exits 0 "$rivulet" info flow.ckpt --json && json stdout 'j["metadata"]["step"] == "5"' &&
    exits 0 train --steps 3 --no-save && [ ! -e flow-3.safetensors ] && exits 2 train --steps 3 --no-save --out x.safetensors &&
    exits 0 "$rivulet" train judge --data ok --steps 2 && [ -s judge.safetensors ] &&
    exits 0 "$rivulet" train tarflow-plane --blocks 1 --width 8 --batch 16 --steps 2 && [ -s tarflow-plane.safetensors ] &&
    exits 0 "$rivulet" train toy --width 16 --depth 1 --batch 16 --samples 16 --steps 2 && [ -s toy.safetensors ] &&
    [ -z "$(ls ./*.lock 2>/dev/null)" ])
}
check "without --out there is a name, which is told" default_names

full_disk() {
  # What is written to /dev/full fails as on a full disk: only that file is lost, and named.
  mkdir -p full && ln -sf /dev/full full/a.ckpt.part && exits 1 train --steps 3 --out full/a.safetensors && says "full/a.ckpt could not be written" stderr &&
    says "No space left" stderr && [ -s full/a.safetensors ] && [ -s full/a.png ] && exits 0 "$rivulet" sample --model full/a.safetensors --n 1 --out full/s.png &&
    ln -sf /dev/full full/b.safetensors.part && exits 1 train --steps 3 --out full/b.safetensors && says "full/b.safetensors could not" stderr && [ -s full/b.ckpt ] &&
    ln -sf /dev/full full/c.jsonl && exits 1 train --steps 30 --out full/c.safetensors && says "full/c.jsonl" stderr && [ -s full/c.ckpt ]
}
check "a full disk loses only what does not fit, and says which file" full_disk

one_run_each() {
  # Without a function around it, so that $! is the program and not a shell.
  "$rivulet" train flow --data ok "${small[@]}" --steps 1000000 --out held.safetensors >/dev/null 2>&1 &
  local child=$!
  while kill -0 $child 2>/dev/null && [ ! -e held.lock ]; do sleep 0.02; done
  exits 1 train --steps 3 --out held.safetensors && says "another run (process $child)" stderr || { kill $child; return 1; }
  kill -KILL $child
  wait $child 2>/dev/null
  exits 0 train --steps 3 --out held.safetensors && [ ! -e held.lock ]  # the lock of the dead is free
}
check "one run at a time for each --out" one_run_each

resume_checks() {
  set_of other a b && python3 - <<'PY'
import os
os.rename('other/a/0.png', 'other/a/moved'); os.rename('other/b/0.png', 'other/a/0.png'); os.rename('other/a/moved', 'other/b/0.png')
PY
  set_of renamed a c && exits 0 train --steps 4 --out r.safetensors && exits 0 "$rivulet" train flow --data ok --resume r.ckpt --steps 6 --out r2.safetensors &&
    exits 1 "$rivulet" train flow --data other --resume r.ckpt --steps 6 --out r3.safetensors && says "trained on other pictures" stderr &&
    exits 1 "$rivulet" train flow --data renamed --resume r.ckpt --steps 6 --out r3.safetensors && says "its attributes" stderr && [ ! -e r3.ckpt ] &&
    exits 0 "$rivulet" train judge --data ok --steps 2 --out rj.safetensors && exits 1 "$rivulet" train judge --data other --resume rj.ckpt --steps 4 && says "other pictures" stderr &&
    exits 2 "$rivulet" train judge --data ok --resume rj.ckpt --seed 3 && exits 1 "$rivulet" train judge --data ok --resume r.ckpt && says "is a flow of pictures" stderr &&
    exits 1 "$rivulet" train flow --data ok --resume r.safetensors && says "the .ckpt file" stderr &&
    exits 0 "$rivulet" train tarflow-plane --blocks 1 --width 8 --batch 16 --steps 2 --out rp.safetensors &&
    exits 1 "$rivulet" train tarflow-plane --blocks 1 --width 8 --batch 16 --target rings --resume rp.ckpt --steps 4 && says "target = eight-gaussians, not rings" stderr
}
check "--resume wants the run's own pictures, classes and settings" resume_checks

read_only() {
  mkdir -p there/folder.safetensors && exits 1 train --steps 3 --out there/folder.safetensors && says "is a folder" stderr &&
    exits 1 train --steps 3 --out missing/a.safetensors && says "mkdir -p" stderr && exits 1 train --steps 3 --out /proc/a.safetensors && says "/proc" stderr && says "another place by --out" stderr
}
check "places that cannot be written are told at the start" read_only

# ---- Nothing damaged is accepted -------------------------------------------------------------------------------------------

damaged() {
  exits 0 train --steps 3 --out d.safetensors && python3 - <<'PY' || return 1
import random, subprocess, sys, os
random.seed(1)
for name in ('d.ckpt', 'd.safetensors'):
    good = open(name, 'rb').read()
    places = [random.randrange(len(good)) for _ in range(12)] + [0, 8, 9, len(good) - 1]
    for n, at in enumerate(places):
        bad = bytearray(good)
        bad[at] ^= 1 << random.randrange(8)
        open('bad', 'wb').write(bad)
        assert subprocess.run([os.environ['RIVULET'], 'info', 'bad'], capture_output=True).returncode == 1, (name, at)
    open('bad', 'wb').write(good[:-2000] + bytes(2000))
    assert subprocess.run([os.environ['RIVULET'], 'info', 'bad'], capture_output=True).returncode == 1
    # Others can read it: the format's own rules.
    import json, struct
    size, = struct.unpack('<Q', good[:8])
    header = json.loads(good[8:8 + size])
    assert max(t['data_offsets'][1] for k, t in header.items() if k != '__metadata__') == len(good) - 8 - size
    assert header['__metadata__']['checksum'].startswith('crc32:')
PY
}
export RIVULET=$rivulet
check "checkpoints and weights: a changed byte or zeros are refused, and others can read them" damaged

damaged_pictures() {
  local name
  for name in flip cut end; do rm -rf "$name" && cp -r ok "$name"; done
  python3 - <<'PY'
good = open('ok/a/0.png', 'rb').read()
bad = bytearray(good); bad[50] ^= 4
open('flip/a/0.png', 'wb').write(bad)
open('cut/a/0.png', 'wb').write(good[:60])
open('end/a/0.png', 'wb').write(good[:-12])
PY
  for name in flip cut end; do exits 1 "$rivulet" data info $name && says "$name/a/0.png" stderr || return 1; done
  says "cut off" stderr
}
check "pictures that are damaged or cut off are named" damaged_pictures

# ---- Folders as people have them -------------------------------------------------------------------------------------------

few_pictures() {
  set_of few a && rm few/a/[5-7].png && mkdir -p two && cp few/a/[0-4].png two/ &&
    exits 0 "$rivulet" data info few && says "5 pictures to learn from and 0 held out" stdout && says "too few to hold out" stderr &&
    exits 0 "$rivulet" data sheet few --out few.png && exits 0 "$rivulet" data sheet ok --out ok.png && exits 0 "$rivulet" data sheet two --out two.png &&
    exits 1 "$rivulet" data sheet few --n 9 --out no.png && says "9 pictures of 5" stderr &&
    exits 0 "$rivulet" train flow --data few "${small[@]}" --steps 2 --out few.safetensors && exits 0 "$rivulet" train judge --data few --steps 2 --out fewj.safetensors &&
    exits 0 "$rivulet" eval --model few.safetensors --data few --judge fewj.safetensors --n 4 --steps 1 --json && json stdout 'j["held_out_pictures"] == 5' &&
    exits 0 "$rivulet" train judge --data ok --steps 2 --out okj.safetensors && exits 0 train --steps 2 --out okf.safetensors &&
    exits 0 "$rivulet" eval --model okf.safetensors --data ok --judge okj.safetensors --n 4 --steps 1
}
check "fewer than ten pictures are trained on, shown and judged" few_pictures

folders() {
  rm -rf loop && cp -r ok loop && ln -s l.png loop/a/l.png && ln -s .. loop/a/up && exits 0 "$rivulet" data info loop && says "left out 2 entries" stderr &&
    mkdir -p parts && cp -r ok parts/train && cp -r ok parts/test && exits 0 "$rivulet" data info parts && says "16 pictures to learn from and 16 held out" stdout || return 1
  set_of parts/test a b c && exits 0 "$rivulet" data info parts && says "16 pictures to learn from and 24 held out" stdout && says "a, b, c" stdout || return 1
  set_of natural class10 class9 && exits 0 "$rivulet" data info natural && says "class9, class10" stdout || return 1
  mkdir -p idx && python3 - <<'PY'
import struct
n = 40
open('idx/train-images.idx3-ubyte', 'wb').write(struct.pack('>IIII', 0x803, n, 8, 8) + bytes(range(64)) * n)
open('idx/train-labels.idx1-ubyte', 'wb').write(struct.pack('>II', 0x801, n) + bytes(i % 10 for i in range(n)))
PY
  exits 0 "$rivulet" data info idx --json && json stdout 'len(j["train"]["attributes"][0]["values"]) == 10 and j["train"]["count"] == 36'
}
check "folders with loops, parts and numbered classes; idx files as they are spelled" folders

large_sides() {
  python3 - <<'PY'
import struct
n, side = 12, 96
head = "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d), }" % (n, side, side)
head += ' ' * (118 - len(head) - 1) + '\n'
open('large.npy', 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) + head.encode() + bytes((i * 7) % 256 for i in range(n * side * side)))
head = "{'descr': '<i8', 'fortran_order': False, 'shape': (%d,), }" % n
head += ' ' * (118 - len(head) - 1) + '\n'
open('large-labels.npy', 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) + head.encode() + struct.pack('<%dq' % n, *[i % 2 for i in range(n)]))
PY
  exits 0 "$rivulet" train judge --data large.npy --steps 1 --out large.safetensors && exits 0 "$rivulet" eval --model large.safetensors --data large.npy
}
check "sides over 64 have a judge" large_sides

# ---- Words and exit codes --------------------------------------------------------------------------------------------------

bad_values() {
  local value
  for value in nan inf -1 1e99 many ''; do exits 2 train --steps 3 --learning-rate "$value" && says learning-rate stderr || return 1; done
  exits 2 train --steps -1 && exits 2 train --steps 1e3 && exits 2 train --batch 0 && exits 2 "$rivulet" frobnicate && says "there is no 'frobnicate', only train, sample" stderr &&
    exits 2 "$rivulet" train flw && says "flow-avatars" stderr && exits 2 "$rivulet" data make && exits 2 "$rivulet" sample --model d.safetensors --sampler x --out s.png &&
    says "there is no 'x', only flow, ddpm" stderr && exits 0 "$rivulet" --version && says "rivulet 0." stdout && exits 2 "$rivulet" decode --uuid && empty stdout &&
    exits 1 "$rivulet" decode --uuid "" face.png && says UUID stderr && exits 1 "$rivulet" decode --text "" face.png && [ ! -e face.png ]
}
check "bad values are 2, NaN included, and a choice that is wrong is told the list" bad_values

wrong_files() {
  printf '<!DOCTYPE html><title>404</title>' >page && printf 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 85060\n' >lfs &&
    head -c 3000 d.safetensors >part.safetensors && exits 1 "$rivulet" info page && says "page is an HTML page" stderr && says "download it again" stderr &&
    exits 1 "$rivulet" info lfs && says "git lfs pull" stderr && exits 1 "$rivulet" info part.safetensors && says "part.safetensors" stderr && says "cut off" stderr &&
    exits 1 "$rivulet" sample --model ok/a/0.png --out s.png && says "is a PNG picture" stderr &&
    exits 0 "$rivulet" train judge --data ok --steps 2 --out k.safetensors && exits 1 "$rivulet" sample --model k.safetensors --out s.png && says "k.safetensors is a judge" stderr &&
    says "rivulet eval" stderr && exits 1 "$rivulet" invert --model d.safetensors ok/a/0.png s.png && says "is a flow of pictures" stderr &&
    exits 1 env RIVULET_CACHE="$folder/nothing" "$rivulet" train flow-avatars --steps 1 && says "rivulet data make avatars --out" stderr &&
    cp ok/a/0.png not.npy && exits 1 "$rivulet" data info not.npy && says "a PNG picture" stderr
}
check "a wrong file is named, with what it is and the way out" wrong_files

results_lost() { exits 1 bash -c '"$0" info "$1" >/dev/full' "$rivulet" d.safetensors && says "could not be written" stderr; }
check "output that cannot be written is a failure" results_lost

memory() {
  exits 1 "$rivulet" train flow --data large.npy --width 128 --depth 4 --heads 2 --batch 4096 --patch 1 --steps 1 --no-save && says "GB of memory" stderr && says "are free" stderr
}
check "too little memory: how much is needed" memory

threads() {
  exits 0 taskset -c 0 "$rivulet" train toy --width 64 --steps 200 --samples 16 --threads 8 --json --no-save && says "8 threads were asked for, 1 can run" stderr && json stdout 'j["threads"] == 1'
}
check "never more threads than can run, and it is told" threads

signs() {
  # A terminal of our own: something is shown while a large picture set is read, and Control+C is answered within a second.
  python3 - "$rivulet" <<'PY'
import os, pty, select, signal, sys, time
rivulet = sys.argv[1]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(rivulet, [rivulet, 'train', 'flow', '--data', 'ok', '--width', '128', '--depth', '8', '--batch', '256', '--steps', '1000000', '--out', 'alive.safetensors'])
shown, asked, answered, last, quiet = b'', None, None, time.monotonic(), 0
while True:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    now = time.monotonic()
    if ready:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
        quiet, last = max(quiet, now - last), now
    if asked is None and b'step ' in shown:
        os.write(terminal, b'\x03')
        asked = now
    if asked and answered is None and b'stopping' in shown:
        answered = now
_, status = os.waitpid(pid, 0)
assert os.WEXITSTATUS(status) == 0, status
assert quiet < 2.5, quiet
assert answered - asked < 1, answered - asked
assert b'will take about' in shown or asked is not None
PY
  [ -s alive.safetensors ] && [ -s alive.ckpt ]
}
check "on a terminal nothing is silent, and Control+C is answered at once" signs

tables() {
  python3 - <<'PY'
with open('p.csv', 'w') as file:
    file.write('easting;northing\n')
    for i in range(5000):
        file.write(f'{400000 + i * 7 % 1000}; {(i * i) % 313 * 0.5}\n')
PY
  local toy=(--width 16 --depth 1 --batch 32 --samples 64)
  exits 0 "$rivulet" train toy --points p.csv "${toy[@]}" --steps 6 --out whole.safetensors && says "5000 points of 5000 rows, learned as (x - 400500, y - 78) times" stderr &&
    exits 0 "$rivulet" train toy --points p.csv "${toy[@]}" --steps 3 --out part.safetensors &&
    exits 0 "$rivulet" train toy --resume part.safetensors --samples 64 --steps 6 --out rest.safetensors && cmp whole.safetensors rest.safetensors || return 1
  printf 'x,y\n1,2\n3,four\n' >bad.csv
  exits 1 "$rivulet" train toy --points bad.csv --no-save && says 'bad.csv is' stderr && says 'line 3: "3,four" is not two numbers' stderr &&
    exits 1 "$rivulet" train toy --points ok/a/0.png --no-save && says "ok/a/0.png is a PNG picture" stderr &&
    exits 1 "$rivulet" train toy --points nothing.csv --no-save && says nothing.csv stderr && exits 2 "$rivulet" train toy --points p.csv --drawing AX9_ --no-save
}
check "a table of points is learned, resumed to the bit, and refused by its line" tables

long_runs() {
  "$rivulet" train flow --data ok "${small[@]}" --steps 100000000 --out long-run.safetensors >stdout 2>stderr &
  local child=$!
  for _ in $(seq 100); do grep -q "will take about" stderr && break; sleep 0.1; done
  kill -INT $child
  wait $child
  says "100000000 steps will take about" stderr && says "saved long-run.safetensors" stderr
}
check "a run of more than ten minutes says how long it will take" long_runs

finish
