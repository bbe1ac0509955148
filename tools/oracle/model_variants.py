"""What diffusers and transformers give for configurations that differ in one key: test/golden/models/variants.json.

    python model_variants.py

A list of { model, changes, output }: `changes` are the keys that differ from the base configuration of that model, in
the file under `bases`. Weights: floating tensors sorted by name, i the index, j the flat index, s = sin(0.7 i + 1.3 j + 0.1);
rank 2 and more s / sqrt(prod(shape[1:])), vectors that end in "weight" 1 + 0.1 s, others 0.1 s. Inputs are sin(f j).
Weights and inputs are rounded to float32, computed with in float64.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPVisionConfig, CLIPVisionModelWithProjection

OUT = Path(__file__).resolve().parents[2] / "test/golden/models/variants.json"

UNET = {
    "in_channels": 8, "out_channels": 4, "block_out_channels": [16, 32], "layers_per_block": 1,
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    "attention_head_dim": 4, "cross_attention_dim": 12, "norm_num_groups": 8,
}
DEEP = {
    "block_out_channels": [16, 32, 32],
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
}
VAE = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "block_out_channels": [8, 16], "layers_per_block": 1,
    "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2, "norm_num_groups": 4,
}
TEXT = {
    "vocab_size": 30, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 8, "projection_dim": 6, "bos_token_id": 28, "eos_token_id": 29,
}
VISION = {
    "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 12,
    "patch_size": 4, "projection_dim": 6,
}

UNET_CHANGES = [
    {},
    {"attention_head_dim": [2, 8]},
    {"use_linear_projection": True},
    {"transformer_layers_per_block": 2},
    {**DEEP, "transformer_layers_per_block": [1, 2, 3], "attention_head_dim": [2, 4, 8]},
    {**DEEP, "layers_per_block": [2, 1, 2]},
    {**DEEP, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"]},
    {"norm_eps": 0.3},
    {"norm_num_groups": 2},
    {"act_fn": "gelu"},
    {"act_fn": "relu"},
    {"act_fn": "swish"},
    {"time_embedding_dim": 24},
    {"flip_sin_to_cos": False},
    {"freq_shift": 1},
    {"center_input_sample": True},
    {"downsample_padding": 0},
    {**DEEP, "downsample_padding": 0},
    {"mid_block_scale_factor": 2.5},
    {"conv_in_kernel": 1, "conv_out_kernel": 5},
    {"in_channels": 4, "out_channels": 6},
    {"cross_attention_dim": 20},
]
VAE_CHANGES = [
    {},
    {"layers_per_block": 2},
    {"block_out_channels": [8, 8, 16], "down_block_types": ["DownEncoderBlock2D"] * 3, "up_block_types": ["UpDecoderBlock2D"] * 3},
    {"norm_num_groups": 2},
    {"act_fn": "relu"},
    {"latent_channels": 3},
    {"in_channels": 1, "out_channels": 2},
    {"use_quant_conv": False},
    {"use_post_quant_conv": False},
    {"mid_block_add_attention": False},
]
TEXT_CHANGES = [{}, {"layer_norm_eps": 0.3}, {"hidden_act": "gelu"}, {"num_attention_heads": 3}, {"num_hidden_layers": 3}]
VISION_CHANGES = [{}, {"layer_norm_eps": 0.3}, {"hidden_act": "gelu"}, {"patch_size": 6}, {"num_attention_heads": 4}]


def wave(frequency: float, *shape: int) -> torch.Tensor:
    j = np.arange(math.prod(shape), dtype=np.float64)
    return torch.from_numpy(np.sin(frequency * j).astype(np.float32)).double().reshape(shape)


def fill(model: torch.nn.Module, prefix: str = "") -> torch.nn.Module:
    """Sets every weight by the recipe. `prefix` completes names that transformers saves without it."""
    state = {key: value for key, value in model.state_dict().items() if value.is_floating_point()}
    names = {key if key.startswith(("text_", "vision_", "visual_")) else prefix + key: key for key in state}
    for i, name in enumerate(sorted(names)):
        tensor = state[names[name]]
        s = np.sin(0.7 * i + 1.3 * np.arange(tensor.numel(), dtype=np.float64) + 0.1)
        if tensor.ndim >= 2:
            s = s / math.sqrt(math.prod(tensor.shape[1:]))
        elif name.endswith("weight"):
            s = 1 + 0.1 * s
        else:
            s = 0.1 * s
        tensor.copy_(torch.from_numpy(s.astype(np.float32)).reshape(tensor.shape))
    return model.double().eval()


def summary(tensor: torch.Tensor) -> dict:
    values = tensor.detach().to(torch.float64).reshape(-1).numpy()
    return {
        "shape": list(tensor.shape),
        "first8": [float(f"{v:.9g}") for v in values[:8]],
        "last4": [float(f"{v:.9g}") for v in values[-4:]],
        "sum": float(values.sum()),
        "abs_mean": float(np.abs(values).mean()),
        "std": float(values.std()),
    }


def unet(changes: dict) -> dict:
    config = {**UNET, **changes}
    model = fill(UNet2DConditionModel(**config))
    sample = wave(0.05, 2, config["in_channels"], 7, 9)
    text = wave(0.1, 2, 5, config["cross_attention_dim"])
    return {"prediction": summary(model(sample, 321.5, text).sample)}


def vae(changes: dict) -> dict:
    config = {**VAE, **changes}
    model = fill(AutoencoderKL(**config))
    posterior = model.encode(wave(0.03, 2, config["in_channels"], 12, 8)).latent_dist
    image = model.decode(wave(0.07, 2, config["latent_channels"], 3, 5)).sample
    return {"mean": summary(posterior.mean), "image": summary(image)}


def text(changes: dict) -> dict:
    model = fill(CLIPTextModelWithProjection(CLIPTextConfig(**{**TEXT, **changes})))
    output = model(torch.tensor([[28, 3, 7, 29, 29], [28, 11, 4, 5, 29]]))
    return {"hidden": summary(output.last_hidden_state), "embeds": summary(output.text_embeds)}


def vision(changes: dict) -> dict:
    model = fill(CLIPVisionModelWithProjection(CLIPVisionConfig(**{**VISION, **changes})))
    output = model(wave(0.01, 2, 3, 12, 12))
    return {"hidden": summary(output.last_hidden_state), "embeds": summary(output.image_embeds)}


@torch.no_grad()
def main() -> None:
    groups = [("unet", unet, UNET_CHANGES), ("vae", vae, VAE_CHANGES), ("text", text, TEXT_CHANGES), ("vision", vision, VISION_CHANGES)]
    variants = [{"model": name, "changes": changes, "outputs": run(changes)} for name, run, many in groups for changes in many]
    bases = {"unet": UNET, "vae": VAE, "text": TEXT, "vision": VISION}
    lines = ",\n".join(json.dumps(variant, separators=(",", ":")) for variant in variants)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(f'{{"bases":{json.dumps(bases, separators=(",", ":"))},\n"variants":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
