"""Pictures from captions by diffusers' StableDiffusionPipeline: goldens for the text-to-image pipeline.

    python text_to_image.py --edit-checkpoint test/golden/edit/checkpoint --out test/golden/text-to-image

The checkpoint is the tiny one of edits with the input channels of the picture taken off its first convolution, and another
scheduler. Writes cases.json and NAME.png for each case; a case holds what `generate` is told.
"""

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTokenizer

from samplers import use_sampler

# The checkpoint's scheduler; the first case has it, the others take a sampler with its settings.
SCHEDULER = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "timestep_spacing": "trailing",
}

CASES = [
    {"name": "p1", "caption": "a red house at night", "steps": 4, "guidance": 7.5, "seed": 3},
    {"name": "p2", "caption": "", "sampler": "euler-a", "steps": 3, "guidance": 1.0, "seed": 4},
    {"name": "p3", "caption": "naïve 日本 " * 9, "negative": "snow", "sampler": "dpmpp-2m", **{"steps": 5, "guidance": 2.5, "seed": 5}},
]
SIZES = [(64, 48), (40, 56), (56, 40)]


def text_to_image_unet(folder: Path) -> UNet2DConditionModel:
    config = json.loads((folder / "config.json").read_text())
    unet = UNet2DConditionModel.from_config({**config, "in_channels": 4})
    weights = load_file(folder / "diffusion_pytorch_model.safetensors")
    weights["conv_in.weight"] = weights["conv_in.weight"][:, :4]
    unet.load_state_dict({name: value.float() for name, value in weights.items()})
    return unet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edit-checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    source = options.edit_checkpoint
    torch.set_num_threads(1)
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(source / "vae"),
        text_encoder=CLIPTextModel.from_pretrained(source / "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(source / "tokenizer"),
        unet=text_to_image_unet(source / "unet"),
        scheduler=DDIMScheduler.from_config(SCHEDULER),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    options.out.mkdir(parents=True, exist_ok=True)
    cases = []
    for case, (width, height) in zip(CASES, SIZES, strict=True):
        use_sampler(pipeline, case.get("sampler"))
        picture = pipeline(
            case["caption"],
            negative_prompt=case.get("negative"),
            num_inference_steps=case["steps"],
            guidance_scale=case["guidance"],
            width=width,
            height=height,
            generator=torch.Generator().manual_seed(case["seed"]),
        ).images[0]
        picture.save(options.out / f"{case['name']}.png")
        cases.append({**case, "width": width, "height": height})
    (options.out / "cases.json").write_text(json.dumps({"scheduler": SCHEDULER, "cases": cases}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
