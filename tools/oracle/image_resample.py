"""Makes test/golden/image/resample.json and fit.json: what Pillow's Image.resize and ImageOps.fit give.

Sources are noise from a formula, so that only sizes and results need storing. Small results are stored whole
(base64), the others as SHA-256.
"""

import base64
import hashlib
import json
import math
import pathlib
import random

import numpy as np
import PIL
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parents[2] / "test/golden/image"
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def noise(width, height, channels, seed):
    """Top byte of (i + seed) * 2654435761 mod 2^32; blown up to black and white in every third block of 16 bytes."""
    i = np.arange(width * height * channels, dtype=np.uint64)
    values = (((i + seed) * 2654435761) % 2**32 >> 24).astype(np.uint8)
    hard = (i // 16) % 3 == 0
    return np.where(hard, np.where(values < 128, 0, 255), values).astype(np.uint8)


def source(width, height, channels, seed):
    return Image.frombytes(MODES[channels], (width, height), noise(width, height, channels, seed).tobytes())


def result(image):
    data = image.tobytes()
    if len(data) <= 192:
        return {"base64": base64.b64encode(data).decode()}
    return {"sha256": hashlib.sha256(data).hexdigest()}


def case(width, height, channels, name, to, box=None, seed=0):
    resized = source(width, height, channels, seed).resize(to, FILTERS[name], box)
    entry = {"from": [width, height, channels], "seed": seed, "filter": name, "to": list(to)}
    if box is not None:
        entry["box"] = list(box)
    return {**entry, **result(resized)}


def resample_cases():
    for name in FILTERS:
        for channels in MODES:
            yield case(7, 5, channels, name, (5, 7))
            yield case(3, 4, channels, name, (6, 5), seed=3)
            yield case(13, 9, channels, name, (4, 3), (1.25, 0.5, 12.75, 8.125), seed=5)
            yield case(1, 1, channels, name, (5, 3), seed=7)
            yield case(1, 40, channels, name, (9, 2), seed=9)
            yield case(40, 1, channels, name, (2, 9), seed=11)
            yield case(6, 5, channels, name, (6, 5), seed=13)
            yield case(300, 2, channels, name, (1, 1), seed=15)
            yield case(2, 2, channels, name, (400, 3), seed=17)
            yield case(97, 61, channels, name, (64, 128), seed=19)
            yield case(97, 61, channels, name, (20, 10), (10, 5, 30, 15), seed=21)
            yield case(3, 381, channels, name, (20, 9), (0.5, 10.3, 2.5, 380.1), seed=22)
            yield case(640, 427, channels, name, (512, 384), (0.1, 20.7, 639.9, 400.3), seed=23)
    rng = random.Random(1)
    for seed in range(150):
        width, height = (int(math.exp(rng.uniform(0, 6))) for _ in range(2))
        to = tuple(int(math.exp(rng.uniform(0, 6))) for _ in range(2))
        box = None
        if seed % 2:
            left, right = sorted(rng.uniform(0, width) for _ in range(2))
            top, bottom = sorted(rng.uniform(0, height) for _ in range(2))
            box = (left, top, right, bottom)
        yield case(width, height, rng.choice([1, 3, 4]), rng.choice(list(FILTERS)), to, box, seed + 100)


def fit_cases():
    """The reference's preparation: its size rule in doubles, then ImageOps.fit with Lanczos."""
    sizes = [(512, 512), (640, 480), (1024, 768), (1280, 720), (500, 333), (600, 400), (1080, 1350), (1170, 2532), (300, 900),
             (100, 2000), (4000, 300), (64, 64), (333, 500), (97, 61), (701, 467)]  # fmt: skip
    for width, height in sizes:
        for resolution in (128, 512):
            factor = resolution / max(width, height)
            factor = math.ceil(min(width, height) * factor / 64) * 64 / min(width, height)
            to = (int((width * factor) // 64) * 64, int((height * factor) // 64) * 64)
            fitted = ImageOps.fit(source(width, height, 3, width), to, method=Image.LANCZOS)
            yield {"from": [width, height, 3], "seed": width, "resolution": resolution, "to": list(to), **result(fitted)}


def double_sizes():
    """The reference's size rule as Python's doubles give it, over sizes where that loses a block and where not."""
    rng = random.Random(2)
    sizes = [(s, s) for s in (49, 98, 103, 206, 412, 425, 479, 512)]
    sizes += [(rng.randint(30, 4000), rng.randint(30, 4000)) for _ in range(60)]
    for width, height in sizes:
        factor = 512 / max(width, height)
        factor = math.ceil(min(width, height) * factor / 64) * 64 / min(width, height)
        yield [width, height, int((width * factor) // 64) * 64, int((height * factor) // 64) * 64]


def write(name, value):
    lines = ",\n".join(json.dumps(entry) for entry in value.pop("cases"))
    head = json.dumps(value)[:-1]
    (OUT / name).write_text(f'{head}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write("resample.json", {"pillow": PIL.__version__, "cases": list(resample_cases())})
    write("fit.json", {"pillow": PIL.__version__, "doubleSizes": list(double_sizes()), "cases": list(fit_cases())})
