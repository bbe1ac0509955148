"""The shapes of the parity sweep: what is special about each tiny checkpoint and its edits."""

from dataclasses import dataclass, field

import torch

from samplers import SAMPLERS
from text_goldens import EOS

CROSS, PLAIN = "CrossAttn", ""

SD_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
IP2P = {
    "_class_name": "EulerAncestralDiscreteScheduler",
    **SD_BETAS,
    "steps_offset": 1,
    "clip_sample": False,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "prediction_type": "epsilon",
    "trained_betas": None,
}


@dataclass
class Shape:
    """What is special about a checkpoint and its edit; everything else is as in Stable Diffusion 1.5, but small."""

    name: str
    widths: tuple[int, ...] = (4, 6)
    down: tuple[str, ...] = (CROSS, PLAIN)
    unet: dict = field(default_factory=dict)
    vae_widths: tuple[int, ...] = (4, 4)
    vae: dict = field(default_factory=dict)
    text_width: int = 4
    text: dict = field(default_factory=dict)
    pad: str = EOS
    scheduler: dict = field(default_factory=lambda: IP2P)
    # How the files are stored.
    dtype: torch.dtype = torch.float16
    variants: tuple[str, ...] = ()  # components that have an fp16 variant: all of it, and only it, is to be read
    shard_bytes: int | None = None
    old: bool = False
    # The edits, one for each sampler.
    size: tuple[int, int] = (40, 24)
    samplers: tuple[str | None, ...] = ("euler-a",)
    negative: str | None = None


V_PREDICTION = {"_class_name": "DDIMScheduler", **SD_BETAS, "prediction_type": "v_prediction", "clip_sample": False}

SHAPES = [
    Shape("plain", samplers=tuple(SAMPLERS)),
    Shape("attention-below", (4, 8), (PLAIN, CROSS), {"attention_head_dim": [1, 4]}, size=(24, 40), samplers=("ddim",)),
    Shape(
        "stable-diffusion-2",
        (4, 6),
        unet={"attention_head_dim": [1, 3], "use_linear_projection": True},
        text={"hidden_act": "gelu"},
        pad="!",
        scheduler={**V_PREDICTION, "set_alpha_to_one": False, "steps_offset": 1},
        size=(48, 24),
        samplers=(None, "euler-a"),
    ),
    Shape("two-layers", unet={"layers_per_block": 2}, vae={"layers_per_block": 2}, samplers=("dpmpp-2m-karras",)),
    Shape(
        "layers-differ",
        (4, 4),
        unet={"layers_per_block": [2, 1], "transformer_layers_per_block": [2, 1]},
        samplers=("unipc", "euler", "lcm"),
    ),
    Shape(
        "one-group",
        (3, 5),
        unet={"norm_num_groups": 1, "attention_head_dim": 1},
        vae={"norm_num_groups": 4},
        samplers=("euler",),
    ),
    Shape(
        "four-groups",
        (4, 8),
        unet={"norm_num_groups": 4, "norm_eps": 1e-3},
        vae={"norm_num_groups": 1},
        samplers=("heun",),
    ),
    Shape(
        "four-blocks",
        (4, 4, 4, 4),
        (CROSS, CROSS, CROSS, PLAIN),
        vae_widths=(2, 2, 4, 4),
        size=(104, 72),
        negative="blurry",
    ),
    Shape(
        "odd-latents",
        (4, 4, 8),
        (CROSS, CROSS, PLAIN),
        {"attention_head_dim": [1, 2, 4]},
        size=(26, 38),
        samplers=("dpmpp-2m",),
    ),
    Shape(
        "unusual",
        unet={
            "flip_sin_to_cos": False,
            "freq_shift": 1,
            "time_embedding_dim": 12,
            "act_fn": "gelu",
            "mid_block_scale_factor": 1.5,
            "center_input_sample": True,
        },
        vae={
            "use_quant_conv": False,
            "use_post_quant_conv": False,
            "mid_block_add_attention": False,
            "scaling_factor": 0.13025,
        },
        samplers=("heun",),
    ),
    Shape("old", old=True, samplers=("dpmpp-2m-sde-karras", "dpmpp-2m-karras")),
    Shape("sharded", shard_bytes=10_000),
    Shape("variant", dtype=torch.float32, variants=("unet", "vae", "text_encoder")),
    Shape("sharded-variant", variants=("unet", "text_encoder"), shard_bytes=10_000, samplers=("ddim",)),
    Shape("bfloat16", dtype=torch.bfloat16),
    Shape("pndm-file", scheduler={**IP2P, "_class_name": "PNDMScheduler"}, samplers=("euler", "ddim")),
    Shape(
        "ddim-trailing-file",
        scheduler={**V_PREDICTION, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True},
        samplers=(None,),
    ),
    Shape(
        "euler-leading-file",
        scheduler={
            "_class_name": "EulerDiscreteScheduler",
            **SD_BETAS,
            "timestep_spacing": "leading",
            "steps_offset": 1,
        },
        samplers=(None,),
    ),
    Shape(
        "euler-karras-file",
        scheduler={
            "_class_name": "EulerDiscreteScheduler",
            **SD_BETAS,
            "use_karras_sigmas": True,
            "timestep_spacing": "trailing",
        },
        samplers=(None, "euler-a"),
    ),
    Shape(
        "dpm-file",
        scheduler={
            "_class_name": "DPMSolverMultistepScheduler",
            **SD_BETAS,
            "algorithm_type": "dpmsolver++",
            "solver_order": 2,
            "use_karras_sigmas": True,
        },
        samplers=(None,),
    ),
]
