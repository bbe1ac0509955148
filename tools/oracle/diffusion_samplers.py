"""Writes test/golden/diffusion/samplers.json: schedules and samples of diffusers' schedulers on a toy model.

The model is eps = 0.3 sin(scaled x) + 0.1 cos(t / 100), its latents are randn(1, 2, 3, 5) from CPU seed 3, and the same
generator gives the noise of stochastic steps.

Usage: python tools/oracle/diffusion_samplers.py      (needs torch, diffusers, scipy)
"""

import inspect
import json
from pathlib import Path

import diffusers
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

CLASSES = {
    "euler-a": EulerAncestralDiscreteScheduler,
    "euler": EulerDiscreteScheduler,
    "heun": HeunDiscreteScheduler,
    "lms": LMSDiscreteScheduler,
    "ddim": DDIMScheduler,
    "ddpm": DDPMScheduler,
    "pndm": PNDMScheduler,
    "dpmpp-2m": DPMSolverMultistepScheduler,
    "dpmpp-2m-karras": DPMSolverMultistepScheduler,
    "dpmpp-2m-sde-karras": DPMSolverMultistepScheduler,
    "dpmpp-3m": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
    "lcm": LCMScheduler,
}

# What a name stands for beyond its class.
IMPLIED = {
    "dpmpp-2m": {"solver_order": 2},
    "dpmpp-2m-karras": {"solver_order": 2, "use_karras_sigmas": True},
    "dpmpp-2m-sde-karras": {"solver_order": 2, "use_karras_sigmas": True, "algorithm_type": "sde-dpmsolver++"},
    "dpmpp-3m": {"solver_order": 3},
}

IP2P = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "trained_betas": None,
    "prediction_type": "epsilon",
    "steps_offset": 1,
    "clip_sample": False,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
}

V = {"prediction_type": "v_prediction"}
KARRAS = {"use_karras_sigmas": True}
EXPONENTIAL = {"use_exponential_sigmas": True}
BETA = {"use_beta_sigmas": True}
LEADING, TRAILING, LINSPACE = ({"timestep_spacing": s} for s in ("leading", "trailing", "linspace"))
SIGMA_MIN = {"final_sigmas_type": "sigma_min"}
CLIP = {"clip_sample": True, "clip_sample_range": 0.5}
ZERO_SNR = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing", **V}

CASES = [
    *[(name, 5, {}) for name in CLASSES],
    *[(name, 6, V) for name in CLASSES if name != "pndm"],
    *[(name, 7, TRAILING) for name in CLASSES if name != "pndm"],
    *[(name, 4, {"prediction_type": "sample"}) for name in CLASSES if name not in ("euler-a", "pndm")],
    *[(name, 6, {"beta_schedule": "linear"}) for name in ("euler-a", "unipc", "ddim")],
    *[(name, 6, {"beta_schedule": "squaredcos_cap_v2"}) for name in ("euler-a", "dpmpp-2m", "ddpm")],
    *[(name, 6, {"num_train_timesteps": 12, "trained_betas": [0.01 * (i + 1) for i in range(12)]}) for name in ("euler", "ddim")],
    *[(name, 5, spacing) for name in ("euler", "heun", "lms", "unipc") for spacing in (KARRAS, EXPONENTIAL, BETA)],
    *[(name, 6, ZERO_SNR) for name in ("euler-a", "euler", "dpmpp-2m", "unipc", "ddpm", "ddim", "lcm")],
    *[(name, 5, LEADING) for name in ("euler-a", "euler", "heun", "lms", "dpmpp-2m", "unipc")],
    ("ddim", 5, LINSPACE),
    *[(name, 5, CLIP) for name in ("ddim", "ddpm", "heun", "lcm")],
    ("euler", 5, SIGMA_MIN),
    ("euler", 5, {**KARRAS, "sigma_min": 0.1, "sigma_max": 10.0}),
    ("lms", 12, {}),
    ("ddim", 5, {"set_alpha_to_one": True}),
    ("ddim", 5, {"eta": 0.4}),
    ("ddim", 5, {"eta": 1.0, **TRAILING}),
    ("ddim", 1, {}),
    ("pndm", 1, {}),
    ("pndm", 2, {}),
    ("pndm", 10, {}),
    ("pndm", 10, {"skip_prk_steps": False, "set_alpha_to_one": True}),
    ("pndm", 4, {"skip_prk_steps": False}),
    ("dpmpp-2m", 1, {}),
    ("dpmpp-2m", 2, {}),
    ("dpmpp-2m", 20, {}),
    ("dpmpp-2m", 16, {"euler_at_final": True, **SIGMA_MIN}),
    ("dpmpp-2m", 5, SIGMA_MIN),
    ("dpmpp-2m", 5, {"lower_order_final": False, **SIGMA_MIN}),
    ("dpmpp-2m", 5, {"solver_type": "heun"}),
    ("dpmpp-2m", 5, {"solver_type": "bh2"}),
    ("dpmpp-2m", 5, EXPONENTIAL),
    ("dpmpp-2m", 5, BETA),
    ("dpmpp-2m", 5, {"lambda_min_clipped": -1.5}),
    ("dpmpp-2m", 5, {"lambda_min_clipped": -1.5, **LEADING}),
    ("dpmpp-2m-sde-karras", 5, {"solver_type": "heun"}),
    ("dpmpp-2m-sde-karras", 16, {}),
    ("dpmpp-3m", 20, {}),
    ("dpmpp-3m", 5, KARRAS),
    ("unipc", 1, {}),
    ("unipc", 20, {"solver_order": 3}),
    ("unipc", 5, {"solver_order": 1}),
    ("unipc", 6, {"solver_order": 3, "solver_type": "bh1", **SIGMA_MIN}),
    ("unipc", 6, {"disable_corrector": [0, 2]}),
    ("unipc", 6, {"lower_order_final": False, **SIGMA_MIN}),
    ("unipc", 5, {"solver_type": "midpoint"}),
    ("lcm", 1, {}),
    ("lcm", 8, {}),
    ("lcm", 4, {"original_inference_steps": 25, "timestep_scaling": 3.0}),
]


def probe(x):
    flat = x.flatten().tolist()
    return [flat[0], flat[14], flat[29]]


def run(name, steps, settings):
    eta = settings.get("eta")
    file = {**IP2P, **{k: v for k, v in settings.items() if k != "eta"}}
    scheduler = CLASSES[name].from_config({**file, **IMPLIED.get(name, {})})
    scheduler.set_timesteps(steps)
    g = torch.Generator().manual_seed(3)
    x = torch.randn(1, 2, 3, 5, generator=g) * scheduler.init_noise_sigma
    extra = {"generator": g} if "generator" in inspect.signature(scheduler.step).parameters else {}
    if eta is not None:
        extra["eta"] = eta
    probes = []
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(x, t)
        eps = 0.3 * torch.sin(scaled) + 0.1 * torch.cos(t.float() / 100)
        x = scheduler.step(eps, t, x, **extra).prev_sample
        probes.append(probe(x))
    return {
        "sampler": name,
        "steps": steps,
        "file": {k: v for k, v in settings.items() if k != "eta"},
        "eta": eta,
        "timesteps": scheduler.timesteps.tolist(),
        "start": float(scheduler.init_noise_sigma),
        "probes": probes,
        "result": x.flatten().tolist(),
        "then": torch.randn(2, generator=g).tolist(),
    }


def checksum(timesteps):
    return sum(float(t) * (i + 1) for i, t in enumerate(timesteps))


def grids():
    for name in ("euler", "ddim", "dpmpp-2m", "lcm"):
        for spacing in (LINSPACE, LEADING, TRAILING) if name != "lcm" else ({},):
            rows = []
            for steps in [*range(2, 52), 75, 99, 100, 150, 250, 333, 400]:
                if name == "lcm" and steps > 50:
                    break
                scheduler = CLASSES[name].from_config({**IP2P, **spacing})
                scheduler.set_timesteps(steps)
                rows.append([steps, len(scheduler.timesteps), checksum(scheduler.timesteps)])
            yield {"sampler": name, "file": spacing, "rows": rows}


def short(value):
    """The same with numbers cut to the nine digits that tell float32s apart."""
    if isinstance(value, dict):
        return {key: short(v) for key, v in value.items()}
    if isinstance(value, list):
        return [short(v) for v in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


out = Path(__file__).parents[2] / "test/golden/diffusion/samplers.json"
golden = {"diffusers": diffusers.__version__, "file": IP2P, "cases": [run(*case) for case in CASES], "grids": list(grids())}
out.write_text(json.dumps(short(golden)) + "\n")
