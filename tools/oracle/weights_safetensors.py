"""Writes test/golden/weights: a file by Python's safetensors with every dtype read here, and PyTorch's float roundings."""

import json
import struct
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

GOLDEN = Path(__file__).parents[2] / "test" / "golden" / "weights"


def tensors():
    torch.manual_seed(1)
    integers = {"I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8}
    floats = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    result = {f"float.{name}": torch.randn(3, 5, dtype=torch.float32).to(dtype) for name, dtype in floats.items()}
    for name, dtype in integers.items():
        result[f"int.{name}"] = torch.randint(0 if name == "U8" else -100, 100, (2, 3, 1)).to(dtype)
    result["bool"] = torch.tensor([True, False, True])
    result["scalar"] = torch.tensor(4.6052)
    result["empty"] = torch.zeros(0, 4)
    result["12"] = torch.arange(7, dtype=torch.uint8)
    result["ключ \"quoted\"\n"] = torch.tensor([[1.5]], dtype=torch.float16)
    return result


def bits(values):
    return [int(value) for value in values.view(torch.int16).numpy().view(np.uint16)]


def roundings():
    """Float32 bit patterns: random ones, all around the exponents where the narrow formats change their behaviour."""
    random = np.random.default_rng(2)
    patterns = [random.integers(0, 2**32, 200, dtype=np.uint64)]
    for value in (2.0**-26, 2.0**-25, 2.0**-24, 1.5 * 2.0**-24, 2.0**-14, 1.0, 65504.0, 65519.996, 65520.0, 65536.0):
        (base,) = struct.unpack("<I", struct.pack("<f", value))
        patterns.append(np.array([base + d for d in (-4097, -1, 0, 1, 4095, 4096, 4097, 12288, 32768, 98304)]))
    patterns.append(np.array([0, 1, 2**31, 0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001]))
    patterns = np.concatenate(patterns).astype(np.uint32)
    patterns = np.concatenate([patterns, patterns[200:] ^ np.uint32(2**31)])
    values = torch.from_numpy(patterns.view(np.float32).copy())
    return {
        "float32": [int(pattern) for pattern in patterns],
        "float16": bits(values.to(torch.float16)),
        "bfloat16": bits(values.to(torch.bfloat16)),
    }


def main():
    GOLDEN.mkdir(exist_ok=True)
    stored = tensors()
    save_file(stored, str(GOLDEN / "python.safetensors"), metadata={"format": "pt"})
    values = {name: {"shape": list(t.shape), "values": t.double().flatten().tolist()} for name, t in stored.items()}
    (GOLDEN / "python.json").write_text(json.dumps(values, ensure_ascii=False) + "\n")
    (GOLDEN / "roundings.json").write_text(json.dumps(roundings()) + "\n")


main()
