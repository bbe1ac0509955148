"""Makes a full-size InstructPix2Pix checkpoint with random weights, for load, memory and speed measurements.

    python full_checkpoint.py --out /tmp/full --fp16-variant

Stable Diffusion 1.5's sizes with 8 input channels: UNet 859.5 M parameters, VAE 83.7 M, CLIP ViT-L text encoder 123 M,
a generated vocabulary of 49408 tokens. 4.3 GB, and 2.1 GB more with the fp16 variant; about 8 GB of memory. At the end
a small edit of three steps checks that the image has contrast and that the text has an influence.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    EulerAncestralDiscreteScheduler,
    StableDiffusionInstructPix2PixPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from text_goldens import EOS, byte_symbols, train_merges, write_folder

VOCABULARY = 49408

# As published: without timestep_spacing, so that every scheduler class uses its own default.
SCHEDULER = {
    "_class_name": "EulerAncestralDiscreteScheduler",
    "_diffusers_version": "0.12.0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
}


def generate_merges(seed: int) -> list[str]:
    """48894 valid merges: those learnt on a few words, then random pairs of tokens that give a new one."""
    merges = [*train_merges(2000)]
    symbols = byte_symbols()
    inner = [*symbols, *("".join(m.split(" ")) for m in merges if not m.endswith("</w>"))]
    final = [*(s + "</w>" for s in symbols), *("".join(m.split(" ")) for m in merges if m.endswith("</w>"))]
    known = {*inner, *final}
    rng = random.Random(seed)
    while len(merges) < VOCABULARY - 514:
        left, right = rng.choice(inner), rng.choice(rng.choice([inner, final]))
        token = left + right
        if token in known or len(token.removesuffix("</w>")) > 12:
            continue
        known.add(token)
        merges.append(f"{left} {right}")
        (final if token.endswith("</w>") else inner).append(token)
    return merges


def liven(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Makes norms differ from the identity, and cross-attention strong enough for the text to matter."""
    with torch.no_grad():
        for name, part in module.named_modules():
            if isinstance(part, torch.nn.GroupNorm | torch.nn.LayerNorm):
                part.weight.add_(torch.randn(part.weight.shape, generator=generator), alpha=0.1)
                part.bias.add_(torch.randn(part.bias.shape, generator=generator), alpha=0.1)
            elif name.endswith(("attn2.to_v", "attn2.to_out.0")):
                part.weight.mul_(2.5)


def scale_output(convolution: torch.nn.Conv2d, factor: float) -> None:
    with torch.no_grad():
        convolution.weight.mul_(factor)
        convolution.bias.mul_(factor)


def build(seed: int, tokenizer_folder: Path) -> StableDiffusionInstructPix2PixPipeline:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    write_folder(tokenizer_folder, generate_merges(seed), pad=EOS)
    unet = UNet2DConditionModel(sample_size=64, in_channels=8, cross_attention_dim=768)
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        sample_size=512,
    )
    text_encoder = CLIPTextModel(
        CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    )
    for module in (unet, vae, text_encoder):
        liven(module, generator)
    pipeline = StableDiffusionInstructPix2PixPipeline(
        vae=vae.eval(),
        text_encoder=text_encoder.eval(),
        tokenizer=CLIPTokenizer.from_pretrained(tokenizer_folder),
        unet=unet.eval(),
        scheduler=EulerAncestralDiscreteScheduler.from_config(SCHEDULER),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    balance(pipeline)
    return pipeline


@torch.no_grad()
def balance(pipeline: StableDiffusionInstructPix2PixPipeline) -> None:
    """Scales the last convolutions so that the UNet's noise has unit variance and decoded pixels a spread of 0.4."""
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(1, 8, 32, 24, generator=generator)
    context = torch.randn(1, 77, 768, generator=generator)
    eps = pipeline.unet(x, 500, context).sample
    scale_output(pipeline.unet.conv_out, 1.0 / eps.std().item())
    image = torch.rand(1, 3, 192, 256, generator=generator) * 2 - 1
    moments = pipeline.vae.encode(image).latent_dist.mode()
    scale_output(pipeline.vae.encoder.conv_out, 4.0 / moments.std().item())
    # Random noise predictions leave latents as large as the first ones (14.6 / 0.18): bring them to unit variance.
    pipeline.vae.decoder.conv_in.weight.mul_(0.0125)
    pixels = pipeline.vae.decode(torch.randn(1, 4, 24, 32, generator=generator) * 80).sample
    scale_output(pipeline.vae.decoder.conv_out, 0.4 / pixels.std().item())


def check(pipeline: StableDiffusionInstructPix2PixPipeline) -> None:
    rows, columns = np.mgrid[0:128, 0:192]
    picture = np.stack([rows * 2, columns, 255 * ((rows // 16 + columns // 16) % 2)], -1).clip(0, 255).astype(np.uint8)
    images = []
    for instruction in ["make it snow", "turn the sky red"]:
        result = pipeline(
            instruction, Image.fromarray(picture), num_inference_steps=3, generator=torch.Generator().manual_seed(0)
        )
        images.append(np.asarray(result.images[0]).astype(float))
    edges = np.mean((images[0] < 1) | (images[0] > 254))
    influence = np.abs(images[0] - images[1]).mean()
    print(f"pixels: mean {images[0].mean():.1f}, deviation {images[0].std():.1f}, {edges:.1%} at the ends of the range")
    print(f"another text changes them by {influence:.1f} levels")
    if not (images[0].std() > 20 and edges < 0.2 and influence > 1):
        raise SystemExit("the checkpoint's images are not usable")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fp16-variant", action="store_true", help="write .fp16.safetensors files beside the others")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    arguments.out.mkdir(parents=True, exist_ok=True)
    pipeline = build(arguments.seed, arguments.out / "tokenizer")
    check(pipeline)
    pipeline.save_pretrained(arguments.out)
    arguments.out.joinpath("scheduler/scheduler_config.json").write_text(json.dumps(SCHEDULER, indent=2) + "\n")
    if arguments.fp16_variant:
        for name in ["unet", "vae", "text_encoder"]:
            module = getattr(pipeline, name)
            module.half().save_pretrained(arguments.out / name, variant="fp16")
            module.float()
        pipeline.text_encoder.config.dtype = torch.float32  # saving the variant wrote float16 into config.json
        pipeline.text_encoder.config.save_pretrained(arguments.out / "text_encoder")
    for name in ["unet", "vae", "text_encoder"]:
        print(name, sum(p.numel() for p in getattr(pipeline, name).parameters()))


if __name__ == "__main__":
    main()
