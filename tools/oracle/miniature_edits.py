"""What diffusers makes of the edits in examples/strip.jsonl with the model that comes with the package.

    python miniature_edits.py

Writes test/golden/miniature/edits/, a picture for each line. Steps and scales are those that the model names for itself.
"""

import json
from pathlib import Path

import torch
from diffusers import StableDiffusionInstructPix2PixPipeline
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/miniature"
OUT = ROOT / "test/golden/miniature/edits"

defaults = json.loads((MODEL / "model_index.json").read_text())["_edit_defaults"]
settings = {key: defaults[key] for key in ("num_inference_steps", "guidance_scale", "image_guidance_scale")}
pipeline = StableDiffusionInstructPix2PixPipeline.from_pretrained(MODEL, torch_dtype=torch.float32)
OUT.mkdir(parents=True, exist_ok=True)
for line in (ROOT / "examples/strip.jsonl").read_text().splitlines():
    job = json.loads(line)
    photo = Image.open(ROOT / job["image"]).convert("RGB")
    generator = torch.Generator("cpu").manual_seed(job["seed"])
    edited = pipeline(job["instruction"], image=photo, generator=generator, **settings).images[0]
    edited.save(OUT / Path(job["output"]).name)
