"""Makes test/golden/eval/metrics.json: what numpy, Pillow, scipy and torch say about small pictures, counts, objects and
embeddings.

Metrics follow their definitions: CIE L*a*b* for D65, PaintBench's and GeNeVA's scores as their papers' code computes them,
the similarities of InstructPix2Pix. Needs scipy besides requirements.txt (made with scipy 1.17.1).
"""

import json
import math
import pathlib

import numpy as np
import torch
from PIL import Image
from scipy.stats import binomtest

OUT = pathlib.Path(__file__).parents[2] / "test/golden/eval/metrics.json"
WIDTH, HEIGHT = 13, 9
rng = np.random.default_rng(2211)


def rounded(values):
    return [float(f"{value:.12g}") for value in np.asarray(values, np.float64).ravel()]


def picture(array):
    return {"width": array.shape[1], "height": array.shape[0], "data": array.ravel().tolist()}


def lab(array):
    value = array.astype(np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), (29 / 6) ** 2 / 3 * xyz + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def delta_e(a, b):
    return np.linalg.norm(lab(a) - lab(b), axis=-1)


def paint_bench(given, answer, output):
    changed = np.any(given != answer, -1)
    distance = delta_e(output, answer)
    rows = []
    for threshold in range(11):
        right = distance <= threshold
        edit, keep = changed.sum(), (~changed).sum()
        wrong_kept = keep - (right & ~changed).sum()
        share = lambda part, whole: float(part / whole) if whole else 1.0
        rows.append(
            [
                share((right & changed).sum(), edit),
                share((right & ~changed).sum(), keep),
                share((right & changed).sum(), edit + wrong_kept),
            ]
        )
    return rows


def cover(image, width, height):
    w, h = image.size
    scale = max(width / w, height / h)
    w, h = math.ceil(w * scale), math.ceil(h * scale)
    x, y = (w - width) // 2, (h - height) // 2
    return image.resize((w, h), Image.NEAREST).crop((x, y, x + width, y + height))


def pictures():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = np.stack([127 + 120 * np.sin(x / 3 + c) * np.cos(y / 4 - c) for c in range(3)], -1)
    given = np.uint8(smooth)
    answer = given.copy()
    answer[2:6, 4:11] = 255 - answer[2:6, 4:11]
    output = np.uint8(np.clip(answer + rng.normal(0, 3, answer.shape), 0, 255).round())
    output[0:3, 0:5] = 40
    large = np.uint8(rng.integers(0, 256, (31, 22, 3)))
    large_answer = np.asarray(cover(Image.fromarray(large), WIDTH, HEIGHT))
    large_answer = np.uint8(np.clip(large_answer + rng.integers(-4, 5, large_answer.shape), 0, 255))
    mask = rng.integers(0, 2, (HEIGHT, WIDTH))
    distance = delta_e(given, output)
    difference = np.abs(given.astype(float) - output).mean(-1) / 255
    mse = ((given.astype(float) - output) ** 2).mean()
    return {
        "input": picture(given),
        "answer": picture(answer),
        "output": picture(output),
        "mask": mask.ravel().tolist(),
        "lab": rounded(lab(given)),
        "deltaE": rounded(distance),
        "psnr": 10 * math.log10(255**2 / mse),
        "meanAbsoluteDifference": {"all": float(difference.mean()), "masked": float(difference[mask == 1].mean())},
        "within10": {"all": float((distance <= 10).mean()), "masked": float((distance[mask == 1] <= 10).mean())},
        "paintBench": paint_bench(given, answer, output),
        "unchanged": paint_bench(given, answer, given),
        "noop": paint_bench(given, given, output),
        "large": {
            "output": picture(large),
            "answer": picture(large_answer),
            "paintBench": paint_bench(given, large_answer, np.asarray(cover(Image.fromarray(large), WIDTH, HEIGHT))),
        },
    }


def intervals():
    cases = [(0, 7), (7, 7), (1, 3), (412, 500), (499, 500), (3, 100000)]
    return [[k, n, *binomtest(k, n).proportion_ci(method="wilson")] for k, n in cases]


def bootstrap():
    """The generator's draws are torch.randint's, one at a time, so that they can be drawn again."""
    sample, resamples, seed = rng.normal(3, 2, 23), 200, 5
    generator = torch.Generator().manual_seed(seed)
    draw = lambda: sample[int(torch.randint(len(sample), (1,), generator=generator))]
    drawn = [np.mean([draw() for _ in sample]) for _ in range(resamples)]
    interval = [float(sample.mean()), *np.percentile(drawn, [2.5, 97.5])]
    return {"sample": sample.tolist(), "resamples": resamples, "seed": seed, "interval": interval}


CLASSES = ["red ball", "blue ball", "green tent", "red cat", "white kite"]


def geneva():
    """Every class at most once, as in i-CLEVR."""
    cases = []
    for _ in range(12):
        scenes = []
        for fewest in (0, 1):
            chosen = rng.choice(5, rng.integers(fewest, 5), replace=False)
            scenes.append({int(c): rng.choice([0.2, 0.5, 0.8], 2).tolist() for c in chosen})
        found, truth = scenes
        common = sorted(found.keys() & truth.keys())
        precision = len(common) / len(found) if found else 0.0
        recall = len(common) / len(truth)
        f1 = 2 * precision * recall / (precision + recall) if common else 0.0

        def graph(scene):
            at = np.array([scene[c] for c in common])
            query = np.broadcast_to(at, (len(common), *at.shape)).copy()
            query[np.arange(len(common)), np.arange(len(common))] = 0.5
            return np.sign(at[:, None] - query)

        alike = float((graph(found) == graph(truth)).mean()) if common else 0.0
        objects = lambda scene: [{"label": CLASSES[c], "x": x, "y": y} for c, (x, y) in scene.items()]
        cases.append({"found": objects(found), "truth": objects(truth), "score": [precision, recall, f1, recall * alike]})
    return cases


def clip():
    i0, i1, t0, t1 = torch.tensor(rng.normal(0, 1, (4, 16)), dtype=torch.float32)
    unit = torch.nn.functional.normalize
    cos = lambda a, b: float(torch.nn.functional.cosine_similarity(a, b, dim=0))
    f0, f1, g0, g1 = (unit(v, dim=0) for v in (i0, i1, t0, t1))
    return {
        "embeddings": [v.tolist() for v in (i0, i1, t0, t1)],
        "image": cos(f0, f1),
        "direction": cos(f1 - f0, g1 - g0),
        "input": cos(f0, g0),
        "output": cos(f1, g1),
    }


golden = {
    "pictures": pictures(),
    "intervals": intervals(),
    "bootstrap": bootstrap(),
    "geneva": geneva(),
    "clip": clip(),
}
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps(golden) + "\n")
print(f"{OUT}: {OUT.stat().st_size} bytes")
