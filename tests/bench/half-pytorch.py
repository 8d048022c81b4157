#!/usr/bin/env python3
"""A product of two 4096 x 4096 matrices of halves, whose sums are floats, by cuBLAS: Tflop/s, the fastest of many.
    tests/bench/half-pytorch.py        needs PyTorch 2 with CUDA"""
import time

import torch

n = 4096
torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
a, b = (torch.randn(n, n, device="cuda", dtype=torch.half) for _ in range(2))
best = float("inf")
end = time.monotonic() + 3
while time.monotonic() < end:
    torch.cuda.synchronize()
    start = time.monotonic()
    for _ in range(10):
        a @ b
    torch.cuda.synchronize()
    best = min(best, (time.monotonic() - start) / 10)
print(2 * n**3 / best / 1e12)
