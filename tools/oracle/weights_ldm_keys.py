"""Writes test/golden/weights/ldm-sd15-ip2p.txt: every tensor of a single-file InstructPix2Pix checkpoint.

One line per tensor: its key in the single file, the diffusers component and key it becomes, its shape in the single file.
The single-file keys come from the inverse below; diffusers' own converter then has to turn them into exactly the names
and shapes of test/golden/checkpoint-keys, and says which key became which. The averaged (EMA) keys are checked as well.
"""

import json
import re
from pathlib import Path

from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)
import torch

GOLDEN = Path(__file__).parents[2] / "test" / "golden"


def read(name):
    lines = (GOLDEN / "checkpoint-keys" / f"{name}.txt").read_text().splitlines()
    return {line.split(" ", 1)[0]: json.loads(line.split(" ", 1)[1]) for line in lines if line}


def unet(key):
    key = re.sub(r"^time_embedding\.linear_(\d)", lambda m: f"time_embed.{(int(m[1]) - 1) * 2}", key)
    key = re.sub(r"^conv_in", "input_blocks.0.0", key)
    key = re.sub(r"^conv_norm_out", "out.0", key)
    key = re.sub(r"^conv_out", "out.2", key)
    key = re.sub(r"^down_blocks\.(\d)\.downsamplers\.0\.conv", lambda m: f"input_blocks.{3 * int(m[1]) + 3}.0.op", key)
    key = re.sub(
        r"^down_blocks\.(\d)\.(resnets|attentions)\.(\d)",
        lambda m: f"input_blocks.{3 * int(m[1]) + int(m[3]) + 1}.{int(m[2] == 'attentions')}",
        key,
    )
    key = re.sub(
        r"^up_blocks\.(\d)\.upsamplers\.0\.conv",
        lambda m: f"output_blocks.{3 * int(m[1]) + 2}.{1 if m[1] == '0' else 2}.conv",
        key,
    )
    key = re.sub(
        r"^up_blocks\.(\d)\.(resnets|attentions)\.(\d)",
        lambda m: f"output_blocks.{3 * int(m[1]) + int(m[3])}.{int(m[2] == 'attentions')}",
        key,
    )
    key = re.sub(r"^mid_block\.resnets\.(\d)", lambda m: f"middle_block.{2 * int(m[1])}", key)
    key = re.sub(r"^mid_block\.attentions\.0", "middle_block.1", key)
    if not re.search(r"blocks?\.\d+\.1\.|middle_block\.1\.", key):
        for new, old in RESNET.items():
            key = key.replace(f".{new}.", f".{old}.")
    return "model.diffusion_model." + key


RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}


def vae(key):
    key = re.sub(r"\.down_blocks\.(\d)\.resnets\.", r".down.\1.block.", key)
    key = re.sub(r"\.down_blocks\.(\d)\.downsamplers\.0\.", r".down.\1.downsample.", key)
    key = re.sub(r"\.up_blocks\.(\d)\.resnets\.", lambda m: f".up.{3 - int(m[1])}.block.", key)
    key = re.sub(r"\.up_blocks\.(\d)\.upsamplers\.0\.", lambda m: f".up.{3 - int(m[1])}.upsample.", key)
    key = re.sub(r"\.mid_block\.resnets\.(\d)\.", lambda m: f".mid.block_{int(m[1]) + 1}.", key)
    for new, old in [("group_norm", "norm"), ("to_out.0", "proj_out"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v")]:
        key = key.replace(f".mid_block.attentions.0.{new}.", f".mid.attn_1.{old}.")
    key = key.replace(".conv_shortcut.", ".nin_shortcut.").replace(".conv_norm_out.", ".norm_out.")
    return "first_stage_model." + key


def vae_shape(key, shape):
    return [*shape, 1, 1] if ".attentions." in key and len(shape) == 2 else shape


def check(expected, converted, pairs):
    """The converter must give every expected key, with the tensor that the inverse made for it."""
    assert set(converted) == set(expected), set(converted) ^ set(expected)
    for new, old in pairs.items():
        assert converted[new] is not None and list(converted[new].shape) == expected[new], new
        assert converted[new].tag == old, (new, old, converted[new].tag)


class Tagged(torch.Tensor):
    """A tensor without storage that remembers its key through the converter's slicing."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        result = super().__torch_function__(func, types, args, kwargs or {})
        if isinstance(result, torch.Tensor) and hasattr(args[0], "tag"):
            result.tag = args[0].tag
        return result


def tagged(key, shape):
    tensor = torch.empty(shape, device="meta").as_subclass(Tagged)
    tensor.tag = key
    return tensor


def main():
    lines, file = [], {}
    parts = [
        ("unet", read("unet_sd15_ip2p"), unet, lambda key, shape: shape),
        ("vae", read("vae_kl_f8"), vae, vae_shape),
        ("text_encoder", read("clip_text_vitl14"), lambda key: f"cond_stage_model.transformer.{key}", lambda key, shape: shape),
    ]
    pairs = {}
    for component, expected, old_name, old_shape in parts:
        for key, shape in expected.items():
            old = old_name(key)
            assert old not in file, old
            file[old] = tagged(old, old_shape(key, shape))
            pairs.setdefault(component, {})[key] = old
            lines.append(f"{old} {component} {key} {json.dumps(old_shape(key, shape))}")
    blocks = {"layers_per_block": 2, "down_block_types": [0] * 4, "up_block_types": [0] * 4}
    check(parts[0][1], convert_ldm_unet_checkpoint(dict(file), blocks), pairs["unet"])
    check(parts[1][1], convert_ldm_vae_checkpoint(dict(file), blocks), pairs["vae"])
    check(parts[2][1], convert_ldm_clip_checkpoint(dict(file)), pairs["text_encoder"])

    # Names as the moving average registers them: the wrapped module's parameter names without dots.
    averages = {key: "model_ema." + key[len("model.") :].replace(".", "") for key in pairs["unet"].values()}
    with_ema = {**file, **{average: tagged(average, file[key].shape) for key, average in averages.items()}}
    converted = convert_ldm_unet_checkpoint(with_ema, blocks, extract_ema=True)
    check(parts[0][1], converted, {new: averages[old] for new, old in pairs["unet"].items()})

    (GOLDEN / "weights" / "ldm-sd15-ip2p.txt").write_text("\n".join(lines) + "\n")
    print(len(lines), "tensors")


main()
