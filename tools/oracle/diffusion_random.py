"""Writes test/golden/diffusion/random.json: what torch's CPU generator draws.

Usage: python tools/oracle/diffusion_random.py      (needs torch)
"""

import json
from pathlib import Path

import torch

SEEDS = [0, 1, 42, 2**32 - 1, 2**32 + 5]
SIZES = [1, 2, 15, 16, 17, 31, 32, 1000]
BOUNDS = [1, 2, 10, 1000, 2**24, 2**28 - 1, 2**28, 2**32, 2**53 - 1]


def ends(x):
    """The first and last nine, to the nine digits that tell float32s apart."""
    kept = [*x[:9].tolist(), *x[-9:].tolist()] if len(x) > 18 else x.tolist()
    return [float(f"{v:.9g}") for v in kept]


def stream(seed):
    g = torch.Generator().manual_seed(seed)
    normal = [{"n": n, "ends": ends(torch.randn(n, generator=g))} for n in SIZES]
    again = [{"n": n, "ends": ends(torch.randn(n, generator=g))} for n in [3, 16, 3, 20]]
    uniform = torch.rand(5, generator=g).tolist()
    integers = [torch.randint(b, (3,), generator=g).tolist() for b in BOUNDS]
    return {"seed": seed, "normal": normal + again, "uniform": uniform, "bounds": BOUNDS, "integers": integers}


out = Path(__file__).parents[2] / "test/golden/diffusion/random.json"
out.write_text(json.dumps({"torch": torch.__version__, "streams": [stream(s) for s in SEEDS]}) + "\n")
