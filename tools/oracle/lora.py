"""LoRA files in every layout and what diffusers and peft compute with them: test/golden/lora/.

    python lora.py

All are for the checkpoint in test/golden/edit. `expected.safetensors` holds the inputs (`sample`, `text`, `ids`;
timestep TIMESTEP) and, by file and scale, the UNet's outputs (`diffusers@0.5`) and the text encoder's hidden states
(`text.diffusers@0.5`). `edit.png` is case p1 of that folder with diffusers.safetensors at EDIT_SCALE.

Where diffusers or peft can load a file, they compute the output, and adding up·down to the weights by hand must agree.
diffusers gives all attention layers of a kohya file one alpha, and cannot load a `conv_in` of four channels: for that file
the weights are changed by hand, each module with its own alpha, missing channels with zeros.
"""

import json
from pathlib import Path

import torch
from diffusers import StableDiffusionInstructPix2PixPipeline
from diffusers.training_utils import _collate_lora_metadata
from diffusers.utils import convert_state_dict_to_diffusers
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from PIL import Image
from safetensors.torch import load_file, save_file

GOLDEN = Path(__file__).resolve().parents[2] / "test/golden"
CHECKPOINT = GOLDEN / "edit/checkpoint"
OUT = GOLDEN / "lora"
TIMESTEP = 481
SCALES = (1.0, 0.5)
EDIT_SCALE = 0.8

DOWN = "down_blocks.1.attentions.0"
UP = "up_blocks.2.attentions.1"
CROSS = f"{DOWN}.transformer_blocks.0.attn2"
SELF = f"{UP}.transformer_blocks.0.attn1"
LAYER = "encoder.layers.1"


def pipeline():
    options = {"safety_checker": None, "requires_safety_checker": False, "local_files_only": True}
    pipe = StableDiffusionInstructPix2PixPipeline.from_pretrained(CHECKPOINT, **options)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def numbers(shape, generator):
    """As large a change as the weights themselves, so that a mistake shows."""
    return torch.randn(shape, generator=generator) / torch.tensor(shape[1:]).prod().sqrt()


def fill(model, generator) -> None:
    """Random numbers for what peft has added."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(numbers(parameter.shape, generator))


@torch.no_grad()
def unet_output(unet, inputs):
    return unet(inputs["sample"], TIMESTEP, inputs["text"]).sample


@torch.no_grad()
def text_output(encoder, inputs):
    return encoder(inputs["ids"].long()).last_hidden_state


@torch.no_grad()
def merged(pipe, modules, scale):
    """Adds scale · (alpha / rank) · up · down to the weights of modules: {path: (down, up, alpha)}."""
    for path, (down, up, alpha) in modules.items():
        model, path = (pipe.text_encoder, path[5:]) if path.startswith("text.") else (pipe.unet, path)
        weight = model.get_submodule(path).weight
        down, up = down.float(), up.float()
        if down.ndim == 4 and down.shape[1] < weight.shape[1]:
            down = torch.cat([down, torch.zeros(down.shape[0], weight.shape[1] - down.shape[1], *down.shape[2:])], 1)
        change = scale * alpha / down.shape[0] * (up.flatten(1) @ down.flatten(1))
        weight.add_(change.reshape(weight.shape))
    return pipe


def add_adapters(pipe, generator, unet: LoraConfig, text: LoraConfig | None = None) -> None:
    pipe.unet.add_adapter(unet)
    fill(pipe.unet, generator)
    if text is not None:
        pipe.text_encoder.add_adapter(text)
        fill(pipe.text_encoder, generator)


def save(pipe, name: str, convert=lambda state: state, metadata: bool = False) -> None:
    trained = {"unet": pipe.unet}
    if hasattr(pipe.text_encoder, "peft_config"):
        trained["text_encoder"] = pipe.text_encoder
    layers = {f"{key}_lora_layers": convert(get_peft_model_state_dict(model)) for key, model in trained.items()}
    pipe.save_lora_weights(OUT, weight_name=name, **layers, **(_collate_lora_metadata(trained) if metadata else {}))
    if metadata:  # sets have no order of their own
        tensors, described = load_file(OUT / name), {}
        for key, value in json.loads(metadata_of(OUT / name)).items():
            described[key] = sorted(value) if key.endswith("target_modules") else value
            if key.endswith("base_model_name_or_path"):
                described[key] = None
        text = json.dumps(described, indent=2, sort_keys=True)
        save_file(tensors, OUT / name, metadata={"lora_adapter_metadata": text})


def metadata_of(path: Path) -> str:
    header = path.read_bytes()
    length = int.from_bytes(header[:8], "little")
    return json.loads(header[8 : 8 + length])["__metadata__"]["lora_adapter_metadata"]


# --- the files --------------------------------------------------------------------------------------------------------


def write_diffusers(generator):
    """What training scripts of diffusers write; alpha is the rank."""
    pipe = pipeline()
    unet = LoraConfig(r=3, lora_alpha=3, target_modules=f"({DOWN}|{UP}).*(to_k|to_q|to_v|to_out.0)")
    add_adapters(pipe, generator, unet, LoraConfig(r=2, lora_alpha=2, target_modules=["q_proj", "out_proj", "fc1"]))
    save(pipe, "diffusers.safetensors", convert_state_dict_to_diffusers)
    return modules_of(pipe.unet, 3) | {f"text.{k}": v for k, v in modules_of(pipe.text_encoder, 2).items()}


def write_peft(generator):
    """The same in peft's names; alphas and ranks of their own in the metadata, and convolutions."""
    pipe = pipeline()
    targets = [f"{CROSS}.to_v", f"{SELF}.to_out.0", f"{UP}.proj_in", f"{DOWN}.transformer_blocks.0.ff.net.0.proj"]
    targets += ["mid_block.resnets.1.conv2", "down_blocks.0.downsamplers.0.conv", "time_embedding.linear_1"]
    alphas = {"conv2": 1.5, f"{UP}.proj_in": 8}
    ranks = {f"{CROSS}.to_v": 2}
    unet = LoraConfig(r=4, lora_alpha=6, target_modules=targets, alpha_pattern=alphas, rank_pattern=ranks)
    text = LoraConfig(r=2, lora_alpha=5, use_rslora=True, target_modules=["v_proj"])
    add_adapters(pipe, generator, unet, text)
    save(pipe, "peft.safetensors", metadata=True)
    own = {"mid_block.resnets.1.conv2": 1.5, f"{UP}.proj_in": 8}
    text = modules_of(pipe.text_encoder, 5 * 2**0.5)
    return modules_of(pipe.unet, 6, own) | {f"text.{k}": v for k, v in text.items()}


def modules_of(model, alpha, own={}):
    state = get_peft_model_state_dict(model)
    paths = [key.removesuffix(".lora_A.weight") for key in state if key.endswith(".lora_A.weight")]
    return {
        path: (state[f"{path}.lora_A.weight"].clone(), state[f"{path}.lora_B.weight"].clone(), own.get(path, alpha))
        for path in paths
    }


def write_kohya(generator):
    """Half precision, alphas and ranks that differ, one alpha missing, convolutions, a `conv_in` for four channels."""
    pipe = pipeline()
    specs = {f"{CROSS}.to_q": (4, 4), f"{CROSS}.to_out.0": (4, 1), f"{SELF}.to_k": (2, 3), f"{UP}.proj_out": (3, 1)}
    specs |= {f"{UP}.transformer_blocks.0.ff.net.2": (4, None), "mid_block.resnets.0.time_emb_proj": (2, 1)}
    specs |= {"conv_in": (2, 2), "down_blocks.0.resnets.1.conv1": (2, 1), "up_blocks.1.upsamplers.0.conv": (2, 0.5)}
    specs |= {"up_blocks.0.resnets.2.conv_shortcut": (3, 2), f"text.{LAYER}.self_attn.k_proj": (2, 1)}
    specs |= {f"text.{LAYER}.mlp.fc2": (3, 4)}
    tensors, modules = {}, {}
    for path, (rank, alpha) in specs.items():
        is_text = path.startswith("text.")
        weight = (pipe.text_encoder if is_text else pipe.unet).get_submodule(path.removeprefix("text.")).weight
        inputs = 4 if path == "conv_in" else weight.shape[1]
        down = numbers((rank, inputs, *weight.shape[2:]), generator).half()
        up = numbers((weight.shape[0], rank, *(1 for _ in weight.shape[2:])), generator).half()
        text = f"lora_te_text_model.{path.removeprefix('text.')}" if is_text else f"lora_unet_{path}"
        name = text.replace(".", "_")
        tensors |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}
        if alpha is not None:
            tensors[f"{name}.alpha"] = torch.tensor(alpha, dtype=torch.float16)
        modules[path] = (down, up, rank if alpha is None else alpha)
    save_file(tensors, OUT / "kohya.safetensors", metadata={"ss_network_module": "networks.lora"})
    return modules


def write_processors(generator):
    """Attention processors as diffusers saved them in 2023: no component in the names."""
    pipe = pipeline()
    tensors, modules = {}, {}
    for name in ("to_q", "to_k", "to_v", "to_out"):
        path = f"{CROSS}.{name}.0" if name == "to_out" else f"{CROSS}.{name}"
        out, inputs = pipe.unet.get_submodule(path).weight.shape
        down, up = numbers((4, inputs), generator), numbers((out, 4), generator)
        tensors |= {f"{CROSS}.processor.{name}_lora.down.weight": down, f"{CROSS}.processor.{name}_lora.up.weight": up}
        modules[path] = (down, up, 4)
    save_file(tensors, OUT / "processors.safetensors", metadata={"format": "pt"})
    return modules


def write_adapter(generator):
    """What peft itself saves: adapter_model.safetensors, its alpha in adapter_config.json."""
    unet = pipeline().unet
    config = LoraConfig(r=2, lora_alpha=3, target_modules=["to_v", "conv_shortcut"])
    wrapped = get_peft_model(unet, config)
    fill(wrapped, generator)
    folder = OUT / "adapter"
    wrapped.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    described = json.loads((folder / "adapter_config.json").read_text())
    described |= {"target_modules": sorted(described["target_modules"]), "auto_mapping": None}
    (folder / "adapter_config.json").write_text(json.dumps(described, indent=2, sort_keys=True) + "\n")
    return modules_of(unet, 3)


# --- what they compute ------------------------------------------------------------------------------------------------


def loaded(name: str, scale: float):
    pipe = pipeline()
    if name == "adapter":
        pipe.unet = PeftModel.from_pretrained(pipe.unet, OUT / name)
        for module in pipe.unet.modules():
            if hasattr(module, "scale_layer"):
                module.scale_layer(scale)
        return pipe
    add_file(pipe, name, "x")
    pipe.set_adapters(["x"], [scale])
    return pipe


def add_file(pipe, name: str, adapter: str) -> None:
    file = {"weight_name": f"{name}.safetensors", "adapter_name": adapter}
    if name == "processors":
        pipe.unet.load_lora_adapter(OUT, prefix=None, **file)
    else:
        pipe.load_lora_weights(OUT, **file)


def close(a, b) -> None:
    assert (a - b).abs().max() < 1e-4 * b.abs().max(), (a - b).abs().max()


def main() -> None:
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(23)
    files = {
        "diffusers": write_diffusers(generator),
        "peft": write_peft(generator),
        "kohya": write_kohya(generator),
        "processors": write_processors(generator),
        "adapter": write_adapter(generator),
    }
    inputs = {
        "sample": torch.randn(2, 8, 12, 8, generator=generator),
        "text": torch.randn(2, 7, 32, generator=generator),
        "ids": torch.randint(0, 500, (2, 9), generator=generator, dtype=torch.int32),
    }
    expected = dict(inputs)
    base = unet_output(pipeline().unet, inputs)
    for name, modules in files.items():
        for scale in SCALES:
            by_hand = merged(pipeline(), modules, scale)
            pipe = by_hand if name == "kohya" else loaded(name, scale)
            output = expected[f"{name}@{scale:g}"] = unet_output(pipe.unet, inputs)
            close(output, unet_output(by_hand.unet, inputs))
            assert (output - base).abs().mean() > 0.1 * base.abs().mean(), name
            if any(path.startswith("text.") for path in modules):
                text = expected[f"text.{name}@{scale:g}"] = text_output(pipe.text_encoder, inputs)
                close(text, text_output(by_hand.text_encoder, inputs))
    pipe = loaded("diffusers", 0.5)
    add_file(pipe, "processors", "y")
    pipe.set_adapters(["x", "y"], [0.5, -0.7])
    expected["diffusers@0.5 processors@-0.7"] = unet_output(pipe.unet, inputs)
    save_file({name: tensor.contiguous() for name, tensor in expected.items()}, OUT / "expected.safetensors")

    case = json.loads((GOLDEN / "edit/cases.json").read_text())[0]
    loaded("diffusers", EDIT_SCALE)(
        case["text"],
        Image.open(GOLDEN / "edit/p1-in.png"),
        num_inference_steps=case["steps"],
        guidance_scale=case["textGuidance"],
        image_guidance_scale=case["imageGuidance"],
        generator=torch.Generator().manual_seed(case["seed"]),
    ).images[0].save(OUT / "edit.png")


if __name__ == "__main__":
    main()
