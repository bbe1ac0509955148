"""Embeddings of the miniature's CLIP by transformers, with pictures brought to size as the original's ClipSimilarity does.

    python miniature_clip.py

Reads models/miniature-clip and examples/, writes test/golden/miniature/clip.json.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import CLIPModel, CLIPTokenizer

ROOT = Path(__file__).parents[2]
PICTURES = ["examples/scenes/cat.png", "examples/photo.jpg"]
TEXTS = ["make it winter", "a red car on the left of a street at night, in pencil", "a cat"]
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)


def pixels(path: str, side: int) -> torch.Tensor:
    image = np.asarray(Image.open(ROOT / path).convert("RGB"), dtype=np.float32) / 255
    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    batch = torch.nn.functional.interpolate(batch, size=(side, side), mode="bicubic", align_corners=False)
    return (batch - MEAN) / DEVIATION


def rounded(embedding: torch.Tensor) -> list[float]:
    return [round(value, 5) for value in embedding.flatten().tolist()]


def main() -> None:
    folder = ROOT / "models/miniature-clip"
    model = CLIPModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    side = model.config.vision_config.image_size
    with torch.no_grad():
        vision = [model.vision_model(pixel_values=pixels(path, side)).pooler_output for path in PICTURES]
        images = [rounded(model.visual_projection(pooled)) for pooled in vision]
        texts = []
        for text in TEXTS:
            ids = tokenizer(text, padding="max_length", truncation=True, return_tensors="pt").input_ids
            texts.append(rounded(model.text_projection(model.text_model(input_ids=ids).pooler_output)))
    golden = {
        "pictures": [{"path": path, "embedding": embedding} for path, embedding in zip(PICTURES, images, strict=True)],
        "texts": [{"text": text, "embedding": embedding} for text, embedding in zip(TEXTS, texts, strict=True)],
    }
    (ROOT / "test/golden/miniature/clip.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
