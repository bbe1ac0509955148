"""Edits one image with diffusers' StableDiffusionInstructPix2PixPipeline on the CPU, and says what it cost.

    python edit.py --model DIR --image in.png --instruction "make it snow" --steps 20 --seed 0 --out out.png

Prints JSON: seconds for loading, text encoding, VAE, and each UNet call (one per step, three branches in a batch), and
the highest resident and anonymous memory, sampled twenty times a second. The image is taken as it is (sides are cut to
multiples of 8 by diffusers); `--fit 512` first resizes as the reference code does.
"""

import argparse
import json
import math
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import torch
from diffusers import StableDiffusionInstructPix2PixPipeline
from PIL import Image, ImageOps

from samplers import SAMPLERS, use_sampler


class MemoryPeak(threading.Thread):
    """Highest resident and anonymous (private, not file-backed) bytes of this process while it runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.resident = self.anonymous = 0
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.05):
            self.sample()

    def sample(self):
        lines = Path("/proc/self/status").read_text().splitlines()
        kilobytes = {key: int(value.split()[0]) for key, value in (line.split(":") for line in lines if "kB" in line)}
        self.resident = max(self.resident, kilobytes["VmRSS"] * 1024)
        self.anonymous = max(self.anonymous, kilobytes["RssAnon"] * 1024)


class Stopwatch:
    """Collects the seconds that functions take, by name."""

    def __init__(self):
        self.seconds: dict[str, list[float]] = {}

    @contextmanager
    def measure(self, name: str):
        start = time.perf_counter()
        yield
        self.seconds.setdefault(name, []).append(time.perf_counter() - start)

    def watch(self, owner, attribute: str, name: str) -> None:
        function = getattr(owner, attribute)

        def timed(*args, **kwargs):
            with self.measure(name):
                return function(*args, **kwargs)

        setattr(owner, attribute, timed)


def fit(image: Image.Image, resolution: int) -> Image.Image:
    """The reference's size: about `resolution` on the long side, both sides multiples of 64, the rest cropped."""
    width, height = image.size
    factor = resolution / max(width, height)
    factor = math.ceil(min(width, height) * factor / 64) * 64 / min(width, height)
    size = (int(width * factor) // 64 * 64, int(height * factor) // 64 * 64)
    return ImageOps.fit(image, size, method=Image.Resampling.LANCZOS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--instruction", required=True)
    parser.add_argument("--negative")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--text-guidance", type=float, default=7.5)
    parser.add_argument("--image-guidance", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scheduler", choices=sorted(SAMPLERS), help="default: the checkpoint's own")
    parser.add_argument("--variant", help="e.g. fp16: which weight files are read")
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32", help="what is computed in")
    parser.add_argument("--fit", type=int, metavar="PIXELS")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", type=Path, help="also write the measurements here")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    memory = MemoryPeak()
    memory.start()
    watch = Stopwatch()
    with watch.measure("load"):
        pipeline = StableDiffusionInstructPix2PixPipeline.from_pretrained(
            arguments.model,
            variant=arguments.variant,
            torch_dtype={"fp32": torch.float32, "bf16": torch.bfloat16}[arguments.dtype],
            safety_checker=None,
            requires_safety_checker=False,
            local_files_only=True,
        )
        use_sampler(pipeline, arguments.scheduler)
    pipeline.set_progress_bar_config(disable=True)
    watch.watch(pipeline.text_encoder, "forward", "textEncode")
    watch.watch(pipeline.unet, "forward", "unet")
    watch.watch(pipeline.vae, "encode", "vaeEncode")
    watch.watch(pipeline.vae, "decode", "vaeDecode")

    image = ImageOps.exif_transpose(Image.open(arguments.image)).convert("RGB")
    if arguments.fit is not None:
        image = fit(image, arguments.fit)
    with watch.measure("edit"):
        edited = pipeline(
            arguments.instruction,
            image,
            negative_prompt=arguments.negative,
            num_inference_steps=arguments.steps,
            guidance_scale=arguments.text_guidance,
            image_guidance_scale=arguments.image_guidance,
            generator=torch.Generator().manual_seed(arguments.seed),
        ).images[0]
    edited.save(arguments.out)
    memory.stopped.set()
    memory.sample()

    seconds = watch.seconds
    report = {
        "size": list(edited.size),
        "threads": arguments.threads,
        "dtype": arguments.dtype,
        "loadSeconds": round(seconds["load"][0], 3),
        "textEncodeSeconds": round(sum(seconds["textEncode"]), 3),
        "vaeEncodeSeconds": round(sum(seconds["vaeEncode"]), 3),
        "unetStepSeconds": [round(s, 3) for s in seconds["unet"]],
        "vaeDecodeSeconds": round(sum(seconds["vaeDecode"]), 3),
        "editSeconds": round(seconds["edit"][0], 3),
        "peakResidentBytes": memory.resident,
        "peakAnonymousBytes": memory.anonymous,
    }
    print(json.dumps(report))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
