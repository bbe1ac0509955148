"""Training by PyTorch, diffusers and transformers: test/golden/train/.

    python train.py

unet, autoencoder, clip (.json and .safetensors): the loss and every gradient of a tiny network, then steps of clipping,
AdamW and moving averages. `formulas.json`: schedules, weights of noise levels, averages, AdamW alone, noising, attributes.

Parameters, in order of their names, are drawn one after the other from torch.rand of one generator (seed 7); s = 2 u - 1:
rank 2 and more s * sqrt(3 / prod(shape[1:])), vectors that end in "weight" 1 + 0.1 s, others 0.1 s. The feeds of micro-batch
i are drawn in the order of their names from seed 1000 + i. Both are rounded to float32, all else is computed in float64.

A tensor is stored as 8 projections and its norm: projection k of x is sum over j of r[(j + 7919 k) mod 131072] x[j], where
r = sqrt(3) (2 u - 1), u = torch.rand of seed 3. A matrix [parameters, 9] holds those of all parameters, ordered by name.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel, compute_snr
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

OUT = Path(__file__).resolve().parents[2] / "test/golden/train"
TABLE = 131072
"""AdamW's. With the default 1e-8 rounding chooses the direction of elements whose gradient is nearly zero."""
EPS = 1e-5

UNET = {
    "in_channels": 8, "out_channels": 4, "block_out_channels": [32, 64], "layers_per_block": 1,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "attention_head_dim": 4, "cross_attention_dim": 24, "norm_num_groups": 8,
}
AUTOENCODER = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "block_out_channels": [16, 32], "layers_per_block": 1,
    "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2, "norm_num_groups": 4,
}
TEXT = {
    "vocab_size": 30, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 8, "projection_dim": 16, "bos_token_id": 28, "eos_token_id": 29,
}
VISION = {
    "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 12,
    "patch_size": 4, "projection_dim": 16,
}

Feeds = dict[str, torch.Tensor]
Loss = Callable[[torch.nn.Module, Feeds], torch.Tensor]


def rounded(values: np.ndarray) -> torch.Tensor:
    """As a float32 number would be, in float64."""
    return torch.from_numpy(np.asarray(values, np.float32).astype(np.float64))


class Stream:
    """Numbers in order from one seed."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, *shape: int) -> np.ndarray:
        return torch.rand(math.prod(shape), generator=self.generator).double().numpy().reshape(shape)

    def signed(self, *shape: int) -> np.ndarray:
        return 2 * self.uniform(*shape) - 1


DIRECTIONS = math.sqrt(3) * Stream(3).signed(TABLE)


def sketch(tensor: torch.Tensor) -> list[float]:
    x = tensor.detach().reshape(-1).numpy()
    j = np.arange(x.size)
    return [float(DIRECTIONS[(j + 7919 * k) % TABLE] @ x) for k in range(8)] + [float(np.linalg.norm(x))]


def sketches(tensors: list[torch.Tensor]) -> torch.Tensor:
    return torch.tensor([sketch(tensor) for tensor in tensors], dtype=torch.float32)


def filled(model: torch.nn.Module) -> torch.nn.Module:
    stream = Stream(7)
    model = model.double().eval()
    for name, parameter in sorted(model.named_parameters()):
        s = stream.signed(*parameter.shape)
        if parameter.ndim >= 2:
            s = s * math.sqrt(3 / math.prod(parameter.shape[1:]))
        elif name.endswith("weight"):
            s = 1 + 0.1 * s
        else:
            s = 0.1 * s
        parameter.data.copy_(rounded(s))
    return model


class Training:
    """Steps of AdamW on the micro-batches 0, 1, ...; `names` are in the order of the goldens."""

    def __init__(self, model: torch.nn.Module, loss: Loss, feeds: Callable[[int], Feeds], options: dict):
        self.model, self.loss, self.feeds, self.options = filled(model), loss, feeds, options
        named = sorted(self.model.named_parameters())
        self.names, self.parameters = [name for name, _ in named], [parameter for _, parameter in named]
        self.first = [parameter.detach().clone() for parameter in self.parameters]
        adamw = {"lr": options["learningRate"], "eps": options["eps"], "weight_decay": options["weightDecay"]}
        self.optimizer = torch.optim.AdamW(self.parameters, **adamw)
        self.losses, self.norms = [], []

    def step(self, accumulate: int = 1, after_each: Callable[[], None] = lambda: None) -> None:
        self.optimizer.zero_grad()
        losses = []
        for micro in range(accumulate):
            loss = self.loss(self.model, self.feeds(len(self.losses) * accumulate + micro))
            (loss / accumulate).backward()
            losses.append(loss.item())
            if micro < accumulate - 1:
                after_each()
        self.gradients = [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in self.parameters]
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.options["maxGradNorm"])
        self.optimizer.step()
        after_each()
        self.losses.append(sum(losses) / accumulate)
        self.norms.append(norm.item())

    def moved(self, tensors: list[torch.Tensor]) -> torch.Tensor:
        """Sketches of how far tensors are from where the parameters began."""
        return sketches([tensor - first for tensor, first in zip(tensors, self.first)])

    def moments(self, name: str) -> torch.Tensor:
        return sketches([self.optimizer.state[p][name] for p in self.parameters])


class LitEma:
    """The original's moving average (its formula, see test/golden): counted from 1, the ramp (1 + n) / (10 + n)."""

    def __init__(self, parameters: list[torch.nn.Parameter]):
        self.parameters, self.updates = parameters, 0
        self.shadow = [parameter.detach().clone() for parameter in parameters]

    @torch.no_grad()
    def __call__(self) -> None:
        self.updates += 1
        decay = min(0.9999, (1 + self.updates) / (10 + self.updates))
        for shadow, parameter in zip(self.shadow, self.parameters):
            shadow.sub_((1 - decay) * (shadow - parameter))


def unet_feeds(index: int) -> Feeds:
    stream = Stream(1000 + index)
    return {
        "sample": rounded(1.5 * stream.signed(3, 8, 8, 12)),
        "target": rounded(0.5 * stream.signed(3, 4, 8, 12)),
        "text": rounded(1.5 * stream.signed(3, 5, 24)),
        "timestep": rounded(np.floor(1000 * stream.uniform(3))),
        "weight": rounded(0.5 + stream.uniform(3)),
    }


def unet_loss(model: torch.nn.Module, feeds: Feeds) -> torch.Tensor:
    prediction = model(feeds["sample"], feeds["timestep"], feeds["text"]).sample
    errors = F.mse_loss(prediction, feeds["target"], reduction="none").mean(dim=[1, 2, 3])
    return (errors * feeds["weight"]).mean()


def unet() -> None:
    options = {"learningRate": 1e-3, "eps": EPS, "weightDecay": 0.01, "maxGradNorm": 1.0}

    def begin() -> Training:
        return Training(UNet2DConditionModel(**UNET), unet_loss, unet_feeds, options)

    plain = begin()
    reference, diffusers = LitEma(plain.parameters), EMAModel(plain.parameters, decay=0.9999)
    tensors = {}
    for step in range(5):
        plain.step()
        if step == 0:
            tensors["gradient"] = sketches(plain.gradients)
        reference()
        diffusers.step(plain.parameters)
    tensors |= {
        "plain.weight": plain.moved(plain.parameters),
        "plain.moment1": plain.moments("exp_avg"),
        "plain.moment2": plain.moments("exp_avg_sq"),
        "plain.ema.reference": plain.moved(reference.shadow),
        "plain.ema.diffusers": plain.moved(diffusers.shadow_params),
    }
    parts = begin()
    per_micro_batch, per_step = LitEma(parts.parameters), LitEma(parts.parameters)
    for _ in range(5):
        parts.step(accumulate=2, after_each=per_micro_batch)
        per_step()
    tensors |= {
        "accumulated.weight": parts.moved(parts.parameters),
        "accumulated.ema.micro-batch": parts.moved(per_micro_batch.shadow),
        "accumulated.ema.step": parts.moved(per_step.shadow),
    }
    runs = {name: {"losses": run.losses, "norms": run.norms} for name, run in [("plain", plain), ("accumulated", parts)]}
    write("unet", {"config": UNET, "options": options, "names": plain.names, **runs}, tensors)


def autoencoder() -> None:
    options = {"learningRate": 1e-3, "eps": EPS, "weightDecay": 0.01, "maxGradNorm": 2.0}
    weights = {"kl": 0.05, "squares": 0.6, "edges": 0.7}

    def feeds(index: int) -> Feeds:
        stream = Stream(1000 + index)
        return {"image": rounded(stream.signed(2, 3, 8, 12)), "noise": rounded(1.5 * stream.signed(2, 4, 4, 6))}

    def edges(d: torch.Tensor) -> torch.Tensor:
        return (d[:, :, 1:] - d[:, :, :-1]).abs().mean() + (d[..., 1:] - d[..., :-1]).abs().mean()

    def loss(model: torch.nn.Module, feeds: Feeds) -> torch.Tensor:
        posterior = model.encode(feeds["image"]).latent_dist
        latents = posterior.mean + posterior.std * feeds["noise"]
        difference = model.decode(latents).sample - feeds["image"]
        sharp = edges(difference) + edges(F.avg_pool2d(difference, 2))
        numbers = latents[0].numel()  # posterior.kl() is a sum over each example's latents
        closeness = difference.abs().mean() + weights["squares"] * difference.square().mean()
        return closeness + weights["edges"] * sharp + weights["kl"] * posterior.kl().mean() / numbers

    train("autoencoder", AutoencoderKL(**AUTOENCODER), loss, feeds, {"config": AUTOENCODER, "weights": weights, "options": options})


def clip() -> None:
    options = {"learningRate": 1e-3, "eps": EPS, "weightDecay": 0.01, "maxGradNorm": 1e9}
    pairs, length = 2, 7

    def feeds(index: int) -> Feeds:
        stream = Stream(1000 + index)
        ends = 2 + np.floor((length - 2) * stream.uniform(3 * pairs)).astype(np.int64)
        ids = np.floor(28 * stream.uniform(3 * pairs, length)).astype(np.int64)
        ids[:, 0] = 28
        for row, end in enumerate(ends):
            ids[row, end:] = 29
        return {
            "ends": torch.from_numpy(ends), "ids": torch.from_numpy(ids), "pixels": rounded(1.5 * stream.signed(2 * pairs, 3, 12, 12))
        }

    def contrast(a: torch.Tensor, b: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        logits = scale * F.normalize(a) @ F.normalize(b).T
        own = torch.arange(len(logits))
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2

    def loss(model: torch.nn.Module, feeds: Feeds) -> torch.Tensor:
        hidden = model.text_model(feeds["ids"]).last_hidden_state
        texts = model.text_projection(hidden[torch.arange(len(hidden)), feeds["ends"]])
        images = model.visual_projection(model.vision_model(feeds["pixels"]).pooler_output)
        scale = model.logit_scale.exp().clamp(max=100)
        normal = F.normalize(images)
        directions = normal[pairs:] - normal[:pairs]
        return contrast(images, texts[: 2 * pairs], scale) + contrast(directions, texts[2 * pairs :], scale)

    model = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16))
    train("clip", model, loss, feeds, {"text": TEXT, "vision": VISION, "options": options})


def train(name: str, model: torch.nn.Module, loss: Loss, feeds: Callable[[int], Feeds], facts: dict) -> None:
    """Two steps without a moving average."""
    run = Training(model, loss, feeds, facts["options"])
    run.step()
    tensors = {"gradient": sketches(run.gradients)}
    run.step()
    tensors["plain.weight"] = run.moved(run.parameters)
    write(name, {**facts, "names": run.names, "plain": {"losses": run.losses, "norms": run.norms}}, tensors)


def write(name: str, facts: dict, tensors: dict[str, torch.Tensor]) -> None:
    (OUT / f"{name}.json").write_text(json.dumps(facts) + "\n")
    save_file(tensors, OUT / f"{name}.safetensors")
    (OUT / f"{name}.safetensors").chmod(0o644)


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.9g}") for value in tensor.detach().double().reshape(-1).tolist()]


def schedules() -> list[dict]:
    """Rates of the updates after 0, 1, ... completed ones."""
    cases = [
        {"schedule": name, "warmup": warmup, "total": total, "cycles": cycles}
        for name in ["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"]
        for warmup, total, cycles in [(0, 40, 1), (7, 40, 1), (1, 3, 1)] + ([(5, 60, 3)] if "restarts" in name else [])
    ]
    for case in cases:
        optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=2e-4)
        counts = {"num_warmup_steps": case["warmup"], "num_training_steps": case["total"], "num_cycles": case["cycles"]}
        scheduler = get_scheduler(case["schedule"], optimizer, **counts)
        case["base"], case["rates"] = 2e-4, []
        for _ in range(case["total"] + 3):
            case["rates"].append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
    return cases


def noise_levels() -> dict:
    """The weights of diffusers' training scripts, `--snr_gamma`."""
    scheduler = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    timesteps = torch.tensor([0, 1, 10, 100, 250, 400, 500, 750, 998, 999])
    snr = compute_snr(scheduler, timesteps).double()
    weights = {}
    for gamma in [1.0, 5.0, 20.0]:
        least = torch.stack([snr, gamma * torch.ones_like(snr)], dim=1).min(dim=1)[0]
        weights[str(gamma)] = {"epsilon": numbers(least / snr), "v_prediction": numbers(least / (snr + 1))}
    alpha_bar = scheduler.alphas_cumprod[timesteps]
    return {"timesteps": timesteps.tolist(), "alphaBar": numbers(alpha_bar), "weights": weights}


def averages() -> dict:
    updates = [1, 2, 3, 10, 100, 1000, 10000, 89990, 100000, 1000000]
    model = EMAModel([torch.nn.Parameter(torch.zeros(1))], decay=0.9999)
    return {"updates": updates, "diffusers": [model.get_decay(n) for n in updates]}


def adamw() -> list[dict]:
    cases = []
    for options in [
        {"betas": [0.9, 0.999], "eps": 1e-8, "weightDecay": 0.01},
        {"betas": [0.8, 0.95], "eps": 1e-2, "weightDecay": 0.0},
        {"betas": [0.0, 0.5], "eps": 1e-8, "weightDecay": 0.5},
    ]:
        stream = Stream(11)
        parameter = torch.nn.Parameter(rounded(stream.signed(2, 3)))
        first = numbers(parameter)
        chosen = {"betas": tuple(options["betas"]), "eps": options["eps"], "weight_decay": options["weightDecay"]}
        optimizer = torch.optim.AdamW([parameter], lr=0.1, **chosen)
        steps = []
        for step in range(6):
            rate = 0.1 / (1 + step)
            optimizer.param_groups[0]["lr"] = rate
            parameter.grad = rounded(stream.signed(2, 3) * 10.0 ** -step)
            optimizer.step()
            state = optimizer.state[parameter]
            moments = {"moment1": numbers(state["exp_avg"]), "moment2": numbers(state["exp_avg_sq"])}
            steps.append({"learningRate": rate, "gradient": numbers(parameter.grad), "weight": numbers(parameter), **moments})
        cases.append({"options": options, "first": first, "steps": steps})
    return cases


def noising() -> dict:
    """Examples of two edits with timesteps and noise drawn as the training script does, example by example."""
    scheduler = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    stream = Stream(21)
    shape = (4, 2, 3)
    examples = [{"target": rounded(stream.signed(*shape)), "image": rounded(5 * stream.signed(*shape))} for _ in range(6)]
    generator = torch.Generator().manual_seed(5)
    rows = []
    for example in examples:
        timestep = torch.randint(1000, (1,), generator=generator)
        noise = torch.randn(math.prod(shape), generator=generator).reshape(shape)
        u = torch.rand(1, generator=generator).item()
        x0 = example["target"].float()
        rows.append({
            "target": numbers(example["target"]), "image": numbers(example["image"]), "timestep": timestep.item(), "u": u,
            "noise": numbers(noise), "noisy": numbers(scheduler.add_noise(x0, noise, timestep)),
            "velocity": numbers(scheduler.get_velocity(x0, noise, timestep)),
        })
    return {"seed": 5, "shape": shape, "alphaBar": numbers(scheduler.alphas_cumprod), "examples": rows}


def attributes() -> dict:
    """Three attributes of 4, 2 and 3 classes; -1 where an example has none."""
    classes = [4, 2, 3]
    stream = Stream(31)
    logits = rounded(3 * stream.signed(5, 9)).requires_grad_()
    labels = torch.tensor([[0, 1, 2], [3, -1, 0], [1, 0, -1], [-1, -1, 1], [2, 1, 1]])
    parts = logits.split(classes, dim=1)
    total = sum(F.cross_entropy(part, labels[:, i], ignore_index=-1, reduction="sum") for i, part in enumerate(parts))
    present = labels >= 0
    loss = total / present.sum()
    loss.backward()
    hits = torch.stack([part.argmax(dim=1) for part in parts], dim=1) == labels
    return {
        "classes": classes, "labels": labels.tolist(), "logits": numbers(logits), "loss": loss.item(),
        "gradient": numbers(logits.grad), "accuracy": (hits & present).sum().item() / present.sum().item(),
    }


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    formulas = {
        "schedules": schedules(), "noiseLevels": noise_levels(), "averages": averages(), "adamw": adamw(),
        "noising": noising(), "attributes": attributes(),
    }
    sections = ",\n".join(f'"{name}":{json.dumps(value, separators=(",", ":"))}' for name, value in formulas.items())
    (OUT / "formulas.json").write_text(f"{{{sections}}}\n")
    unet()
    autoencoder()
    clip()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
