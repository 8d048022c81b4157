#!/usr/bin/env python3
"""rivulet export: onnx_export.py PATH_OF_RIVULET. ONNX's own checker accepts the files, and a small interpreter in NumPy computes what
rivulet computes. Prints "N passed, M failed"."""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

rivulet = os.path.abspath(sys.argv[1])
folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)


def run(*args, code=0):
    done = subprocess.run([rivulet, *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
    return done


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def layer_norm(x, scale, bias=0, *, axis, epsilon):
    assert axis == -1
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * scale + bias


def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def top_k(x, k, axis):
    order = np.argsort(-x, axis, kind='stable')[..., :k[0]]
    return [np.take_along_axis(x, order, axis), order]


def scatter(zeros, index, rows, axis, reduction):
    assert axis == 0 and reduction == b'add'
    out = zeros.copy()
    np.add.at(out, (index, np.arange(out.shape[1])), rows)
    return out


types = {1: np.float32, 7: np.int64, 9: np.bool_}
operations = {
    'Add': np.add, 'Sub': np.subtract, 'Mul': np.multiply, 'Div': np.divide, 'MatMul': np.matmul,
    'Sin': np.sin, 'Cos': np.cos, 'Log': np.log, 'Neg': np.negative, 'Identity': lambda x: x,
    'Sigmoid': lambda x: 1 / (1 + np.exp(-x)),
    'Erf': np.vectorize(math.erf, otypes=[np.float32]),
    'Reshape': lambda x, shape: x.reshape(shape),
    'Transpose': lambda x, perm: x.transpose(perm),
    'Concat': lambda *parts, axis: np.concatenate(parts, axis),
    'Slice': lambda x, starts, ends, axes: x[tuple(
        next((slice(s, e) for s, e, a in zip(starts, ends, axes) if a == i), slice(None)) for i in range(x.ndim))],
    'Split': lambda x, sizes, axis: np.split(x, np.cumsum(sizes)[:-1], axis),
    'Gather': lambda x, i, axis: np.take(x, i, axis),
    'Cast': lambda x, to: x.astype(types[to]),
    'Expand': lambda x, shape: np.broadcast_to(x, shape),
    'Softmax': softmax, 'TopK': top_k, 'ScatterElements': scatter,
    'ReduceSum': lambda x, axes: x.sum(tuple(axes), keepdims=True),
    'LayerNormalization': layer_norm,
}


def evaluate(model, feeds):
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer} | feeds
    for node in model.graph.node:
        result = operations[node.op_type](*(values[name] for name in node.input), **attributes(node))
        values.update(zip(node.output, result if isinstance(result, list) else [result]))
    return {output.name: values[output.name] for output in model.graph.output}


def load(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8 and model.opset_import[0].version == 17 and model.producer_name == 'rivulet'
    shapes = {i.name: tuple(d.dim_value for d in i.type.tensor_type.shape.dim) for i in [*model.graph.input, *model.graph.output]}
    return model, shapes, {p.key: p.value for p in model.metadata_props}


def without_output(path, to):
    """A copy of a weight file whose last layer is zero: its samples are the noise that they begin from."""
    data = bytearray(open(path, 'rb').read())
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + length])
    for name in ('out.weight', 'out.bias'):
        begin, end = header[name]['data_offsets']
        data[8 + length + begin:8 + length + end] = bytes(end - begin)
    del header['__metadata__']['checksum']  # which is of the bytes as they were
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    open(to, 'wb').write(struct.pack('<Q', len(text)) + text + data[8 + length:])


def points(path, n):
    text = run('sample', '--model', path, '--n', n, '--steps', 1, '--seed', 3, '--json').stdout
    return np.array(json.loads(text)['points'], np.float32)


def plane():
    run('train', 'toy', '--steps', 40, '--width', 16, '--depth', 2, '--batch', 32, '--out', 'toy.safetensors', '--json')
    run('export', '--onnx', 'toy.safetensors', 'toy.onnx', '--batch', 100)
    model, shapes, card = load('toy.onnx')
    assert shapes == {'x': (100, 2), 't': (1, 1), 'd': (1, 1), 'v': (100, 2)}, shapes
    assert card['architecture'] == 'mlp2d' and card['step'] == '40', card
    without_output('toy.safetensors', 'noise.safetensors')
    x = points('noise.safetensors', 100)
    v = evaluate(model, {'x': x, 't': np.zeros((1, 1), np.float32), 'd': np.ones((1, 1), np.float32)})['v']
    difference = np.abs(x + v - points('toy.safetensors', 100)).max()
    assert difference < 1e-4 and np.abs(v).max() > 0.01, (difference, np.abs(v).max())


def pictures():
    np.save('pictures.npy', np.random.default_rng(1).integers(0, 255, (64, 8, 8, 3), np.uint8))
    run('train', 'flow', '--data', 'pictures.npy', '--steps', 2, '--batch', 8, '--out', 'dit.safetensors')
    run('export', '--onnx', 'dit.safetensors', 'dit.onnx', '--batch', 3)
    model, shapes, card = load('dit.onnx')
    assert shapes['x'] == shapes['v'] == (3, 192) and shapes['guidance'] == (1, 1), shapes
    assert card['architecture'] == 'dit' and card['method'] == 'flow-matching', card
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count('LayerNormalization') == 2 * int(card['depth']) + 1 and 'Expand' not in kinds, kinds
    feeds = {name: np.full(shape, 0.5, np.float32) for name, shape in shapes.items() if name != 'v'}
    v = evaluate(model, feeds)['v']
    assert v.shape == (3, 192) and np.isfinite(v).all() and np.abs(v).max() > 0


def students():
    run('train', 'flow', '--data', 'pictures.npy', '--steps', 2, '--batch', 8, '--out', 'dit.safetensors')
    run('train', 'distill-avatars', '--teacher', 'dit.safetensors', '--first', 'dit.safetensors', '--steps', 4, '--batch', 4,
        '--out', 'student.safetensors')
    run('export', '--onnx', 'student.safetensors', 'student.onnx', '--batch', 3)
    model, shapes, card = load('student.onnx')
    assert shapes == {'z': (3, 192), 'picture': (3, 192)} and card['method'] == 'distilled', (shapes, card)
    run('export', '--onnx', 'dit.safetensors', 'dit.onnx', '--batch', 3)
    flow = load('dit.onnx')[0]
    weights = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for tensor in flow.graph.initializer:  # the flow's graph with the student's weights, asked for one step
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    z = np.random.default_rng(2).normal(size=(3, 192)).astype(np.float32)
    one = np.ones((1, 1), np.float32)
    v = evaluate(flow, {'x': z, 't': 0 * one, 'd': one, 'guidance': one})['v']
    difference = np.abs(evaluate(model, {'z': z})['picture'] - (z + v)).max()
    assert difference < 1e-4 and np.abs(v).max() > 1e-3, (difference, np.abs(v).max())


def experts():
    run('train', 'moe', '--data', 'pictures.npy', '--steps', 30, '--batch', 8, '--experts', 6, '--out', 'moe.safetensors')
    run('export', '--onnx', 'moe.safetensors', 'moe.onnx', '--batch', 3)
    model, shapes, card = load('moe.onnx')
    kinds = [node.op_type for node in model.graph.node]
    assert card['experts'] == '6' and kinds.count('TopK') == int(card['depth']), (card, kinds)
    feeds = {name: np.full(shape, 0.5, np.float32) for name, shape in shapes.items() if name != 'v'}
    v = evaluate(model, feeds)['v']
    assert v.shape == (3, 192) and np.isfinite(v).all() and np.abs(v).max() > 0


def refusals():
    open('junk', 'wb').write(b'no safetensors')
    assert 'rivulet: ' in run('export', '--onnx', 'junk', 'a.onnx', code=1).stderr
    assert 'missing' in run('export', '--onnx', 'missing', 'a.onnx', code=1).stderr
    run('export', '--onnx', 'toy.safetensors', code=2)
    run('export', code=2)
    assert 'no/such' in run('export', '--onnx', 'toy.safetensors', 'no/such/a.onnx', code=1).stderr
    assert not os.path.exists('a.onnx')


failed = 0
tests = (plane, pictures, students, experts, refusals)
for test in tests:
    try:
        test()
    except Exception as error:  # every test runs, whatever the others did
        failed += 1
        print(f'FAILED {test.__name__}: {error!r}')
print(f'{len(tests) - failed} passed, {failed} failed')
sys.exit(failed > 0)
