"""Makes tiny InstructPix2Pix checkpoints of many shapes, each with an edit by diffusers: the parity sweep.

    python tiny_checkpoints.py --out DIR --seed S [--only NAME ...]

Writes the checkpoints into DIR, DIR/cases.json, and for each case NAME-in.png and NAME-out.png. A case holds what
`edit` is told: text, negative, sampler (none: the checkpoint's own), steps, scales, seed, the input's size, and the
variant of the weight files. Images are edited at their own size. `noise` is how much the output moves (mean and
largest level of 8 bits) when PyTorch computes in another order of rounding: other implementations can be expected to
differ about as much. `textInfluence` is the mean change of a level by another instruction.
"""

import argparse
import inspect
import json
import random
import shutil
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionInstructPix2PixPipeline, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from samplers import use_sampler
from text_goldens import train_merges, write_folder
from tiny_shapes import SHAPES, Shape

MERGES = 60
FIRST_SIGMA = 14.6

TEXTS = [
    "make it snow",
    "Turn the sky RED!",
    "what would it look like at night?",
    "",
    "<|endoftext|> naïve 日本",
    "put the mountains on fire " * 8,
]


# --- weights ----------------------------------------------------------------------------------------------------------


def perturb(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Random weights under which every bias and every norm's scale matters."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim >= 2 and "embedding" in name and "time" not in name:
                parameter.copy_(noise * 0.5)
            elif parameter.ndim >= 2:
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
            elif "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            else:
                parameter.copy_(0.2 * noise)


def scale(layer: torch.nn.Module, factor: float) -> None:
    with torch.no_grad():
        layer.weight.mul_(factor)
        layer.bias.mul_(factor)


@torch.no_grad()
def balance(unet, vae, generator: torch.Generator) -> None:
    """Scales the last convolutions so that predicted noise has unit variance and decoded pixels a spread of 0.4."""
    x = torch.randn(4, 8, 16, 16, generator=generator)
    context = torch.randn(4, 7, unet.config.cross_attention_dim, generator=generator)
    scale(unet.conv_out, 1 / unet(x, 400, context).sample.std().item())
    image = torch.rand(2, 3, 32, 32, generator=generator) * 2 - 1
    scale(vae.encoder.conv_out, 2 / vae.encode(image).latent_dist.mode().std().item())
    # Random noise predictions leave latents as large as the first ones: bring them to the size of the decoder's biases.
    vae.decoder.conv_in.weight.mul_(vae.config.scaling_factor / FIRST_SIGMA)
    if vae.post_quant_conv is not None:
        vae.post_quant_conv.bias.mul_(FIRST_SIGMA / vae.config.scaling_factor)
    latents = torch.randn(2, 4, 16, 16, generator=generator) * FIRST_SIGMA / vae.config.scaling_factor
    scale(vae.decoder.conv_out, 0.4 / vae.decode(latents).sample.std().item())


def components(shape: Shape, generator: torch.Generator, vocabulary: int):
    up = tuple(reversed(shape.down))
    unet = UNet2DConditionModel(
        **{
            "sample_size": 16,
            "in_channels": 8,
            "cross_attention_dim": shape.text_width,
            "layers_per_block": 1,
            "norm_num_groups": 2,
            "attention_head_dim": 2,
            "block_out_channels": shape.widths,
            "down_block_types": [f"{kind}DownBlock2D" for kind in shape.down],
            "up_block_types": [f"{kind}UpBlock2D" for kind in up],
            **shape.unet,
        }
    )
    blocks = len(shape.vae_widths)
    vae = AutoencoderKL(
        **{
            "block_out_channels": shape.vae_widths,
            "layers_per_block": 1,
            "norm_num_groups": 2,
            "sample_size": 32,
            "down_block_types": ["DownEncoderBlock2D"] * blocks,
            "up_block_types": ["UpDecoderBlock2D"] * blocks,
            **shape.vae,
        }
    )
    text = CLIPTextModel(
        CLIPTextConfig(
            **{
                "vocab_size": vocabulary,
                "hidden_size": shape.text_width,
                "intermediate_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "bos_token_id": vocabulary - 2,
                "eos_token_id": vocabulary - 1,
                "pad_token_id": vocabulary - 1,
                **shape.text,
            }
        )
    )
    for module in (unet, vae, text):
        perturb(module.eval(), generator)
    balance(unet, vae, generator)
    return unet, vae, text


# --- files ------------------------------------------------------------------------------------------------------------


def save(shape: Shape, parts, folder: Path) -> None:
    for name, module in zip(["unet", "vae", "text_encoder"], parts, strict=True):
        sharding = {} if shape.shard_bytes is None else {"max_shard_size": shape.shard_bytes}
        if name in shape.variants:
            module.half().save_pretrained(folder / name, variant="fp16", **sharding)
        else:
            module.to(shape.dtype).save_pretrained(folder / name, **sharding)
    folder.joinpath("scheduler").mkdir()
    folder.joinpath("scheduler/scheduler_config.json").write_text(json.dumps(shape.scheduler, indent=1) + "\n")
    library = {
        "unet": ("diffusers", "UNet2DConditionModel"),
        "vae": ("diffusers", "AutoencoderKL"),
        "text_encoder": ("transformers", "CLIPTextModel"),
        "tokenizer": ("transformers", "CLIPTokenizer"),
        "scheduler": ("diffusers", shape.scheduler["_class_name"]),
    }
    index = {
        "_class_name": "StableDiffusionInstructPix2PixPipeline",
        "safety_checker": [None, None],
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
    }
    folder.joinpath("model_index.json").write_text(json.dumps({**index, **library}, indent=1) + "\n")


def rewrite_as_old(folder: Path) -> None:
    """Files as in 2022: other names and 1x1 convolutions in the VAE's attention, `text_model.` and position_ids in the
    text encoder, and configurations without the keys that have their default."""
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    path = folder / "vae/diffusion_pytorch_model.safetensors"
    tensors = {}
    for name, tensor in load_file(path).items():
        for new, former in old.items():
            if f"attentions.0.{new}." in name:
                name = name.replace(new, former)
                tensor = tensor[:, :, None, None].contiguous() if tensor.ndim == 2 else tensor
        tensors[name] = tensor
    save_file(tensors, path)
    path = folder / "text_encoder/model.safetensors"
    tensors = {f"text_model.{name}": tensor for name, tensor in load_file(path).items()}
    tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(tensors, path)
    for name, owner in [("unet", UNet2DConditionModel), ("vae", AutoencoderKL), ("text_encoder", CLIPTextConfig)]:
        path = folder / name / "config.json"
        defaults = {key: parameter.default for key, parameter in inspect.signature(owner.__init__).parameters.items()}
        kept = {key: value for key, value in json.loads(path.read_text()).items() if defaults.get(key, ...) != value}
        path.write_text(json.dumps(kept, indent=1) + "\n")


# --- edits ------------------------------------------------------------------------------------------------------------


def picture(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Colour ramps with a few shapes: no symmetry, no two channels alike."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    channels = [rng.random() * x + rng.random() * y + 0.2 * np.sin(9 * x * y + rng.random() * 6) for _ in range(3)]
    image = Image.fromarray((np.stack(channels, -1).clip(0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(3):
        left, top = rng.randrange(width - 4), rng.randrange(height - 4)
        box = (left, top, left + rng.randrange(3, width // 2), top + rng.randrange(3, height // 2))
        draw.ellipse(box, fill=tuple(rng.randrange(256) for _ in range(3)))
    return image


def edit(folder: Path, case: dict, image: Image.Image, plain_attention: bool = False) -> np.ndarray:
    pipeline = StableDiffusionInstructPix2PixPipeline.from_pretrained(
        folder, variant=case.get("variant"), torch_dtype=torch.float32, local_files_only=True
    )
    pipeline.set_progress_bar_config(disable=True)
    use_sampler(pipeline, case.get("sampler"))
    if plain_attention:
        pipeline.unet.set_attn_processor(AttnProcessor())
    return np.asarray(
        pipeline(
            case["text"],
            image,
            negative_prompt=case.get("negative"),
            num_inference_steps=case["steps"],
            guidance_scale=case["textGuidance"],
            image_guidance_scale=case["imageGuidance"],
            generator=torch.Generator().manual_seed(case["seed"]),
        ).images[0]
    )


def make(shape: Shape, seed: int, out: Path) -> list[dict]:
    """Writes the checkpoint and its edits, and returns their cases."""
    generator = torch.Generator().manual_seed(random.Random(f"{shape.name} {seed}").randrange(2**31))
    folder = out / shape.name
    shutil.rmtree(folder, ignore_errors=True)
    write_folder(folder / "tokenizer", train_merges(MERGES), shape.pad)
    save(shape, components(shape, generator, 514 + MERGES), folder)
    cases = [make_case(shape, sampler, seed, folder) for sampler in shape.samplers]
    if shape.old:
        rewrite_as_old(folder)  # diffusers reads the names, but no longer the 1x1 convolutions
    return cases


def make_case(shape: Shape, sampler: str | None, seed: int, folder: Path) -> dict:
    rng = random.Random(f"{shape.name} {sampler} {seed}")
    case = {
        "name": f"{shape.name}-{sampler or 'own'}",
        "checkpoint": shape.name,
        "text": rng.choice(TEXTS),
        "negative": shape.negative,
        "sampler": sampler,
        "variant": "fp16" if shape.variants else None,
        "steps": rng.randint(3, 6),
        "textGuidance": rng.choice([3.0, 5.5, 7.5]),
        "imageGuidance": rng.choice([1.0, 1.25, 1.5, 2.0]),
        "seed": rng.randrange(2**32),
        "size": list(shape.size),
    }
    case = {key: value for key, value in case.items() if value is not None}
    image = picture(shape.size, rng)
    result = edit(folder, case, image)
    with torch.backends.mkldnn.flags(enabled=False):
        again = edit(folder, case, image, plain_attention=True)
    other = edit(folder, {**case, "text": "swap sunflowers with roses"}, image)
    moved = np.abs(result.astype(int) - again)
    case |= {
        "mean": round(float(result.mean()), 3),
        "std": round(float(result.std()), 3),
        "noise": {"mean": round(float(moved.mean()), 4), "max": int(moved.max())},
        "textInfluence": round(float(np.abs(result.astype(int) - other).mean()), 2),
    }
    image.save(folder.parent / f"{case['name']}-in.png")
    Image.fromarray(result).save(folder.parent / f"{case['name']}-out.png")
    return case


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--only", nargs="*", choices=[shape.name for shape in SHAPES])
    arguments = parser.parse_args()

    arguments.out.mkdir(parents=True, exist_ok=True)
    cases = []
    for shape in SHAPES:
        if arguments.only is None or shape.name in arguments.only:
            cases += make(shape, arguments.seed, arguments.out)
    for case in cases:
        print(case["name"], case["noise"], "deviation", case["std"], "text", case["textInfluence"])
    arguments.out.joinpath("cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
