"""Makes test/golden/image/tensor.json: torch's bicubic interpolation, and diffusers' pre- and post-processing."""

import json
import pathlib

import numpy as np
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

from image_resample import source

OUT = pathlib.Path(__file__).parents[2] / "test/golden/image"


def floats(tensor):
    return [float(v) for v in tensor.flatten()]


def bicubic(shape, size):
    """Source: the bytes of the noise of resample.json (seed 1) / 255."""
    n, c, h, w = shape
    image = np.frombuffer(source(w, h * n * c, 1, 1).tobytes(), np.uint8).reshape(shape)
    images = torch.from_numpy(image.astype(np.float32) / np.float32(255))
    out = torch.nn.functional.interpolate(images, size=size, mode="bicubic", align_corners=False)
    return {"shape": shape, "size": size, "values": floats(out)}


def diffusers_case():
    """Two pictures of 3 × 2 noise in; every byte once in; values around each rounding boundary out."""
    processor = VaeImageProcessor(vae_scale_factor=1)
    images = [source(3, 2, 3, 1), source(3, 2, 3, 2)]
    every_byte = Image.frombytes("RGB", (256, 1), np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    boundaries = (torch.arange(0, 256, dtype=torch.float32) + 0.5) / 255 * 2 - 1
    decoded = torch.cat([boundaries, torch.tensor([-7.0, -1.0, 0.0, 1.0, 7.0, -0.0])])[: 6 * 43].reshape(1, 1, 6, 43)
    decoded = torch.cat([decoded, decoded.nextafter(torch.tensor(9.0)), decoded.nextafter(torch.tensor(-9.0))], 1)
    out = processor.postprocess(decoded, output_type="pil")[0]
    return {
        "in": floats(processor.preprocess(images)),
        "everyByte": floats(processor.preprocess(every_byte)[0, 0]),
        "decoded": {"shape": list(decoded.shape), "values": floats(decoded)},
        "out": list(out.tobytes()),
    }


if __name__ == "__main__":
    cases = [([2, 3, 5, 7], [4, 3]), ([1, 3, 4, 3], [9, 8]), ([1, 2, 1, 6], [3, 3]), ([1, 1, 40, 30], [7, 9])]
    golden = {"bicubic": [bicubic(*case) for case in cases], **diffusers_case()}
    (OUT / "tensor.json").write_text(json.dumps(golden) + "\n")
