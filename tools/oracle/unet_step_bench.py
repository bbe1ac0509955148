"""Times diffusers at full size on the CPU: one denoising step (batch of three at 64x64 latents), VAE at 512x512.

    python unet_step_bench.py --model DIR [--repeats 3]

The first call of each is a warm-up. Prints JSON with the seconds of every repeat and their median.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel


def repeat(function, repeats: int) -> dict:
    """Runs `function` once to warm up, then `repeats` times."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return {"median": round(statistics.median(seconds), 3), "seconds": [round(s, 3) for s in seconds]}


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--size", type=int, default=512, help="side of the image in pixels")
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[arguments.dtype]
    generator = torch.Generator().manual_seed(0)
    size, side = arguments.size, arguments.size // 8

    def load(owner, name: str) -> torch.nn.Module:
        return owner.from_pretrained(arguments.model / name, torch_dtype=dtype).eval()

    def noise(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator).to(dtype)

    def time_unet() -> dict:
        unet = load(UNet2DConditionModel, "unet")
        x, context = noise(arguments.batch, 8, side, side), noise(arguments.batch, 77, unet.config.cross_attention_dim)
        return {"unetStep": repeat(lambda: unet(x, 500, context), arguments.repeats)}

    def time_vae() -> dict:
        vae = load(AutoencoderKL, "vae")
        image, latents = noise(1, 3, size, size), noise(1, 4, side, side)
        return {
            "vaeEncode": repeat(lambda: vae.encode(image), arguments.repeats),
            "vaeDecode": repeat(lambda: vae.decode(latents), arguments.repeats),
        }

    settings = {key: getattr(arguments, key) for key in ["size", "batch", "threads", "dtype"]}
    print(json.dumps({**settings, **time_unet(), **time_vae()}))


if __name__ == "__main__":
    main()
