"""Makes test/golden/data/: small data sets in every layout that is read, what Pillow sees in them, and pairs prepared
for training as the original code and as diffusers' training script prepare them.

Needs pyarrow and datasets besides requirements.txt (made with pyarrow 25.0.1 and datasets 5.0.1).
"""

import hashlib
import io
import json
import math
import pathlib
import shutil

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from image_resample import source as noise_image

OUT = pathlib.Path(__file__).parents[2] / "test/golden/data"
SIZE = (48, 36)
WORDS = ["make it %s", "turn the sky %s", "as if it were %s"]
COLOURS = ["red", "green", "blue", "grey", "gold", "pink", "teal"]


def picture(number):
    """A smooth field of colour, different for each number; half of them without an even side."""
    width, height = SIZE if number % 4 < 2 else (53, 41)
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin((x * (number % 5 + 1) + y * c) / 9 + number) for c in (1, 2, 3)]
    return Image.fromarray(np.uint8(127.5 + 127.5 * np.stack(waves, -1)))


def encode(image, format="JPEG"):
    out = io.BytesIO()
    image.save(out, format, **({"quality": 92} if format == "JPEG" else {"optimize": True}))
    return out.getvalue()


def pair(number, format="JPEG"):
    return encode(picture(4 * (number // 2) + number % 2), format), encode(
        picture(4 * (number // 2) + number % 2 + 20), format
    )


def instruction(number):
    return WORDS[number % 3] % COLOURS[number % 7]


def seen(data):
    """What Pillow makes of an encoded picture: its size and the hash of its pixels."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return [image.width, image.height, hashlib.sha256(image.tobytes()).hexdigest()]


def example(id, number, format="JPEG", captions=None, text=None):
    before, after = pair(number, format)
    entry = {"id": id, "instruction": text or instruction(number), "input": seen(before), "edited": seen(after)}
    return {**entry, **({"captions": captions} if captions else {})}


def struct(data, path=None):
    return {"bytes": data, "path": path}


IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


# --- the original layout ---------------------------------------------------------------------------------------------


def prompt_folders():
    """Seven prompts of one to three samples; the third has `caption` for `input`, the fifth is PNG."""
    root = OUT / "folders"
    seeds, examples = [], []
    for prompt in range(7):
        folder = root / f"{prompt * 3:07d}"
        folder.mkdir(parents=True)
        words = {"caption" if prompt == 2 else "input": f"a {COLOURS[prompt]} house", "edit": instruction(prompt)}
        words = {**words, "output": f"a {COLOURS[prompt - 1]} house", "url": "https://example.org/x"}
        (folder / "prompt.json").write_text(json.dumps(words))
        names = [str(4000000000 + 7 * prompt + 13 * k) for k in range(prompt % 3 + 1)]
        for k, seed in enumerate(names):
            format, ending = ("PNG", "png") if prompt == 4 else ("JPEG", "jpg")
            before, after = pair(prompt + 2 * k, format)
            (folder / f"{seed}_0.{ending}").write_bytes(before)
            (folder / f"{seed}_1.{ending}").write_bytes(after)
            captions = {"input": words.get("input", words.get("caption")), "output": words["output"]}
            id = f"{folder.name}/{seed}"
            examples.append(example(id, prompt + 2 * k, format, captions, instruction(prompt)))
        (folder / "metadata.jsonl").write_text("".join(json.dumps({"seed": int(seed)}) + "\n" for seed in names))
        seeds.append([folder.name, names])
    (root / "0000999").mkdir()
    (root / "0000999/prompt.json").write_text(json.dumps({"input": "a", "edit": "b", "output": "c"}))
    (root / "seeds.json").write_text(json.dumps(seeds))
    return {"prompts": seeds, "examples": examples}


def splits():
    """Where the original code divides n prompts."""
    found = []
    for fractions in ((0.9, 0.05, 0.05), (0.8, 0.1, 0.1), (0.5, 0.25, 0.25)):
        for n in (1, 2, 7, 19, 20, 39, 40, 41, 99, 100, 101, 1000, 1001, 9999, 313010):
            ends = [math.floor(share * n) for share in (fractions[0], fractions[0] + fractions[1], 1.0)]
            found.append({"fractions": fractions, "length": n, "ends": ends})
    return found


# --- JSON lines -------------------------------------------------------------------------------------------------------


def json_lines():
    root = OUT / "jsonl"
    (root / "pictures").mkdir(parents=True)
    lines, examples = [], []
    for number in range(4):
        before, after = pair(number)
        (root / f"pictures/{number}_a.jpg").write_bytes(before)
        (root / f"pictures/{number}_b.jpg").write_bytes(after)
        row = {"input_image_file_name": f"pictures/{number}_a.jpg", "edit": instruction(number)}
        lines.append(json.dumps({**row, "edited_image_file_name": f"pictures/{number}_b.jpg"}))
        examples.append(example(f"metadata.jsonl:{number + 1 + (number > 1)}", number))
    lines.insert(2, "")
    (root / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return {"examples": examples}


# --- Parquet ----------------------------------------------------------------------------------------------------------


def write(name, columns, schema, **options):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"write_statistics": False, **options}
    pq.write_table(pa.table(columns, schema=pa.schema(schema)), path, **options)


def diffusers_set():
    """One file of two row groups with several pages a column; statistics make some page headers longer than pages."""
    count = 6
    pairs = [pair(number) for number in range(count)]
    columns = {
        "input_image": [struct(before, f"{number}.jpg") for number, (before, _) in enumerate(pairs)],
        "edit_prompt": [instruction(number) for number in range(count)],
        "edited_image": [struct(after) for _, after in pairs],
    }
    schema = [("input_image", IMAGE), ("edit_prompt", pa.string()), ("edited_image", IMAGE)]
    options = {"row_group_size": 4, "data_page_size": 1, "write_batch_size": 1, "use_dictionary": False}
    options = {**options, "write_statistics": ["input_image.bytes"]}
    write("diffusers/data/train-00000-of-00001.parquet", columns, schema, **options)
    return {"examples": [example(f"data/train-00000-of-00001.parquet:{number}", number) for number in range(count)]}


def timbrooks_set():
    """Two shards; dictionaries, pages of the second version."""
    examples = []
    for shard in range(2):
        numbers = [3 * shard + i for i in range(3)]
        name = f"train-0000{shard}-of-00002-ab12.parquet"
        pairs = [pair(number) for number in numbers]
        columns = {
            "original_prompt": [f"a {COLOURS[number]} house" for number in numbers],
            "original_image": [struct(before) for before, _ in pairs],
            "edit_prompt": [instruction(number) for number in numbers],
            "edited_prompt": [f"a {COLOURS[number + 1]} house" for number in numbers],
            "edited_image": [struct(after) for _, after in pairs],
        }
        schema = [(key, IMAGE if key.endswith("image") else pa.string()) for key in columns]
        options = {"data_page_version": "2.0", "data_page_size": 1, "write_batch_size": 1}
        write(f"timbrooks/data/{name}", columns, schema, **options)
        for i, number in enumerate(numbers):
            captions = {"input": columns["original_prompt"][i], "output": columns["edited_prompt"][i]}
            examples.append(example(f"data/{name}:{i}", number, captions=captions))
    return {"examples": examples}


def magicbrush_set():
    """Splits in files of their own, masks, PNG, gzip, text as large strings, no compression in one of them."""
    found = {}
    for split, numbers, compression in (("train", [0, 1, 2], "gzip"), ("dev", [3, 4], "none")):
        name = f"data/{split}-00000-of-00001.parquet"
        pairs = [pair(number, "PNG") for number in numbers]
        columns = {
            "img_id": [str(number) for number in numbers],
            "turn_index": [1 for _ in numbers],
            "source_img": [struct(before) for before, _ in pairs],
            "mask_img": [struct(encode(picture(number), "PNG")) for number in numbers],
            "instruction": [instruction(number) for number in numbers],
            "target_img": [struct(after) for _, after in pairs],
        }
        types = {"img_id": pa.string(), "turn_index": pa.int32(), "instruction": pa.large_string()}
        write(f"magicbrush/{name}", columns, [(key, types.get(key, IMAGE)) for key in columns], compression=compression)
        found[split] = [example(f"{name}:{i}", number, "PNG") for i, number in enumerate(numbers)]
    return found


def ultraedit_set():
    """Pictures as bare bytes, null masks, several instructions; as many codecs as there are."""
    numbers = [0, 1, 2]
    pairs = [pair(number) for number in numbers]
    texts = [[instruction(number), f"please {instruction(number)}"] for number in numbers]
    columns = {
        "source_caption": ["a house"] * 3,
        "target_caption": ["another house"] * 3,
        "edit_prompt": texts,
        "source_image": [before for before, _ in pairs],
        "edited_image": [after for _, after in pairs],
        "mask_image": [None] * 3,
    }
    types = {"edit_prompt": pa.list_(pa.string()), "mask_image": IMAGE}
    types |= {"source_image": pa.binary(), "edited_image": pa.binary()}
    schema = [(key, types.get(key, pa.string())) for key in columns]
    codecs = {"source_caption": "lz4", "target_caption": "gzip", "edit_prompt.list.element": "brotli"}
    codecs |= {"source_image": "snappy", "edited_image": "zstd"}
    options = {"compression": codecs, "use_dictionary": False, "data_page_size": 1, "write_batch_size": 1}
    write("ultraedit/FreeForm_0-00000-of-00001.parquet", columns, schema, **options)
    captions = {"input": "a house", "output": "another house"}
    name = "FreeForm_0-00000-of-00001.parquet"
    return {"texts": texts, "examples": [example(f"{name}:{i}", i, captions=captions) for i in numbers]}


def hqedit_set():
    """Written by Hugging Face's library itself, with instructions for the way back."""
    numbers = [0, 1, 2, 3]
    pairs = [pair(number) for number in numbers]
    columns = {
        "input": [f"a {COLOURS[number]} house" for number in numbers],
        "input_image": [struct(before) for before, _ in pairs],
        "edit": [instruction(number) for number in numbers],
        "inverse_edit": [f"undo: {instruction(number)}" for number in numbers],
        "output": [f"a {COLOURS[number + 1]} house" for number in numbers],
        "output_image": [struct(after) for _, after in pairs],
    }
    kinds = {key: datasets.Image() if key.endswith("image") else datasets.Value("string") for key in columns}
    path = OUT / "hqedit/data/train-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    datasets.Dataset.from_dict(columns, features=datasets.Features(kinds)).to_parquet(path)
    name, examples = f"data/{path.name}", []
    for i in numbers:
        captions = {"input": columns["input"][i], "output": columns["output"][i]}
        examples.append(example(f"{name}:{i}", i, captions=captions))
    for entry in examples[: len(numbers)]:
        captions = {"input": entry["captions"]["output"], "output": entry["captions"]["input"]}
        back = {"input": entry["edited"], "edited": entry["input"], "captions": captions}
        text = f"undo: {entry['instruction']}"
        examples.append({"id": f"{entry['id']}:inverse", "instruction": text, **back})
    return {"examples": examples}


def snappy():
    """Bytes that take several of Snappy's blocks: noise, runs and repeats by turns."""
    noise = np.frombuffer(noise_image(64, 50, 3, 7).tobytes(), np.uint8)
    plain = b"".join(noise[i : 600 + i].tobytes() + bytes([i % 251]) * (9_000 + i) for i in range(18))
    (OUT / "blocks.snappy").write_bytes(pa.compress(plain, "snappy", asbytes=True))
    return {"length": len(plain), "sha256": hashlib.sha256(plain).hexdigest()}


# --- geometry ---------------------------------------------------------------------------------------------------------


def reference_pair(images, resolution, least, greatest, flip):
    """The original data set's preparation, with torchvision's draws spelt out."""
    side = torch.randint(least, greatest + 1, ()).item()
    resized = [np.asarray(image.resize((side, side), Image.Resampling.LANCZOS)) for image in images]
    stack = np.concatenate(resized, axis=-1)
    if side > resolution:
        top = torch.randint(0, side - resolution + 1, (1,)).item()
        left = torch.randint(0, side - resolution + 1, (1,)).item()
        stack = stack[top : top + resolution, left : left + resolution]
    if torch.rand(1) < flip:
        stack = stack[:, ::-1]
    return stack[..., :3], stack[..., 3:]


def diffusers_pair(images, resolution, flip):
    """The training script's preparation with --random_flip: Pillow's default filter."""
    stack = np.concatenate([np.asarray(image.resize((resolution, resolution))) for image in images], axis=-1)
    if torch.rand(1) < flip:
        stack = stack[:, ::-1]
    return stack[..., :3], stack[..., 3:]


def geometry():
    cases = []
    sizes = [(48, 36), (53, 71), (128, 128), (400, 130)]
    for seed in range(24):
        width, height = sizes[seed % 4]
        images = [noise_image(width, height, 3, seed + k) for k in (0, 1000)]
        entry = {"size": [width, height], "noise": [seed, seed + 1000], "seed": 1000 + seed}
        torch.manual_seed(entry["seed"])
        if seed % 3 == 0:
            options = {"fit": "diffusers", "resolution": 64}
            results = diffusers_pair(images, 64, 0.5)
        else:
            least, greatest = (64, 64) if seed % 3 == 1 else (64, 80)
            options = {"fit": "reference", "resolution": 64, "resize": [least, greatest]}
            results = reference_pair(images, 64, least, greatest, 0.5)
        hashes = [hashlib.sha256(np.ascontiguousarray(result).tobytes()).hexdigest() for result in results]
        cases.append({**entry, "options": options, "input": hashes[0], "edited": hashes[1]})
    return cases


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    golden = {
        "folders": prompt_folders(),
        "splits": splits(),
        "jsonl": json_lines(),
        "diffusers": diffusers_set(),
        "timbrooks": timbrooks_set(),
        "magicbrush": magicbrush_set(),
        "ultraedit": ultraedit_set(),
        "hqedit": hqedit_set(),
        "snappy": snappy(),
        "geometry": geometry(),
    }
    parts = ",\n".join(f"{json.dumps(name)}: {json.dumps(part)}" for name, part in golden.items())
    (OUT / "expected.json").write_text(f"{{\n{parts}\n}}\n")
