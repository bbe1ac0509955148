"""The keys of the configurations in diffusers and transformers, with their defaults: test/golden/models/config-keys.json.

    python config_keys.py
"""

import inspect
import json
from pathlib import Path

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPVisionConfig

OUT = Path(__file__).resolve().parents[2] / "test/golden/models/config-keys.json"


def defaults(model) -> dict:
    parameters = inspect.signature(model.__init__).parameters
    return {name: parameter.default for name, parameter in parameters.items() if name != "self"}


def main() -> None:
    keys = {
        "unet": defaults(UNet2DConditionModel),
        "vae": defaults(AutoencoderKL),
        "text": CLIPTextConfig().to_dict(),
        "vision": CLIPVisionConfig().to_dict(),
    }
    OUT.write_text(json.dumps(keys, indent=1) + "\n")


if __name__ == "__main__":
    main()
