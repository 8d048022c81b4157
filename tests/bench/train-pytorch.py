#!/usr/bin/env python3
"""The training step of `rivulet bench pictures` in PyTorch: the same network, batch, loss, AdamW and averages, in float32.
Prints samples a second: median and best. See train.sh."""
import argparse
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
for name, value in [('side', 16), ('channels', 3), ('patch', 4), ('width', 128), ('depth', 6), ('heads', 4), ('batch', 128), ('threads', 1)]:
    parser.add_argument(f'--{name}', type=int, default=value)
parser.add_argument('--seconds', type=float, default=10)
parser.add_argument('--device', default='cpu', help='cpu, or cuda (PyTorch 2)')
config = parser.parse_args()
if config.device != 'cpu':
    torch.set_default_device(config.device)
torch.set_num_threads(config.threads)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.adaln = nn.Linear(width, 6 * width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def attention(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(F, 'scaled_dot_product_attention'):
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = ((q / math.sqrt(q.shape[-1])) @ k.transpose(-1, -2)).softmax(-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(b, n, c))

    def forward(self, x, c):
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = self.adaln(c)[:, None].chunk(6, -1)
        norm = lambda y: F.layer_norm(y, y.shape[-1:], eps=1e-5)
        x = x + gate_a * self.attention(norm(x) * (1 + scale_a) + shift_a)
        return x + gate_m * self.down(F.gelu(self.up(norm(x) * (1 + scale_m) + shift_m)))


class Dit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.n, self.p, self.channels = c.side // c.patch, c.patch, c.channels
        values = c.patch * c.patch * c.channels
        self.register_buffer('waves', 1000 * 1e4 ** (-torch.arange(32) / 32))
        self.condition_in, self.condition_out = nn.Linear(64 + 7 + 5, c.width), nn.Linear(c.width, c.width)
        self.patch, self.position = nn.Linear(values, c.width), nn.Parameter(0.2 * torch.randn(self.n * self.n, c.width))
        self.blocks = nn.ModuleList(Block(c.width, c.heads) for _ in range(c.depth))
        self.adaln, self.out = nn.Linear(c.width, 2 * c.width), nn.Linear(c.width, values)
        for layer in [self.adaln, self.out, *(block.adaln for block in self.blocks)]:
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    @staticmethod
    def octaves(t, count):
        angles = t * (math.pi * 2 ** torch.arange(count))
        return torch.cat([t, angles.sin(), angles.cos()], 1)

    def forward(self, x, t, d, guidance):
        angles = t * self.waves
        step = torch.log(1 + 128 * d) / math.log(129)
        features = torch.cat([angles.sin(), angles.cos(), self.octaves(step, 3), self.octaves(guidance.log(), 2)], 1)
        c = F.silu(self.condition_out(F.silu(self.condition_in(features))))
        b = x.shape[0]
        stripes = x.reshape(b * self.n, self.p, self.n, self.p * self.channels).transpose(1, 2)
        h = self.patch(stripes.reshape(b, self.n * self.n, -1)) + self.position
        for block in self.blocks:
            h = block(h, c)
        shift, scale = self.adaln(c)[:, None].chunk(2, -1)
        out = self.out(F.layer_norm(h, h.shape[-1:], eps=1e-5) * (1 + scale) + shift)
        return out.reshape(b * self.n, self.n, self.p, -1).transpose(1, 2).reshape(b, -1)


net = Dit(config)
parameters = list(net.parameters())
averages = [p.detach().clone() for p in parameters]
kinds = [[p for p in parameters if p.ndim >= 2], [p for p in parameters if p.ndim < 2]]
optimiser = torch.optim.AdamW([{'params': kinds[0], 'weight_decay': 0.1}, {'params': kinds[1], 'weight_decay': 0.0}], lr=1e-3, betas=(0.9, 0.999), foreach=True)
pixels = config.side**2 * config.channels
x, target = torch.rand(config.batch, pixels), torch.rand(config.batch, pixels)
t, d, guidance = (torch.rand(config.batch, 1) for _ in range(3))


def step():
    optimiser.zero_grad(set_to_none=True)
    F.mse_loss(net(x, t, d, guidance), target).backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1)
    optimiser.step()
    with torch.no_grad():
        torch._foreach_mul_(averages, 0.999)
        torch._foreach_add_(averages, parameters, alpha=0.001)


for _ in range(2):
    step()
times = []
while sum(times) < config.seconds or len(times) < 3:
    start = time.perf_counter()
    step()
    if config.device != 'cpu':
        torch.cuda.synchronize()
    times.append(time.perf_counter() - start)
print(f'{config.batch / statistics.median(times):.1f} {config.batch / min(times):.1f}')
