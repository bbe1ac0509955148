"""Our sampler names as diffusers' schedulers: what `--sampler` means on both sides."""

import diffusers

SAMPLERS = {
    "euler-a": ("EulerAncestralDiscreteScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "ddim": ("DDIMScheduler", {}),
    "dpmpp-2m": ("DPMSolverMultistepScheduler", {}),
    "dpmpp-2m-karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "dpmpp-2m-sde-karras": (
        "DPMSolverMultistepScheduler",
        {"use_karras_sigmas": True, "algorithm_type": "sde-dpmsolver++"},
    ),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}


def use_sampler(pipeline, name: str | None) -> None:
    """Gives the pipeline the named sampler, with the settings of its checkpoint; None keeps the checkpoint's own."""
    if name is not None:
        scheduler, settings = SAMPLERS[name]
        pipeline.scheduler = getattr(diffusers, scheduler).from_config(pipeline.scheduler.config, **settings)
