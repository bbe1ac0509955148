"""Token ids by transformers' CLIPTokenizer for the miniature's tokenizer: test/golden/miniature/ids.json.

    python miniature_ids.py

Reads the tokenizer and the texts that lie beside it, and adds texts with words and letters that it never saw.
"""

import json
from pathlib import Path

from transformers import CLIPTokenizer

FOLDER = Path(__file__).resolve().parents[2] / "test/golden/miniature"

FOREIGN = [
    "",
    "Make the ball PINK!",
    "don't make it snow, we'll wait",
    "turn him into a cyborg",
    "naïve café, 日本語 and 😀",
    "at 12.5% size",
    "a<|endoftext|>b",
    "make the " * 30,
]


def main() -> None:
    tokenizer = CLIPTokenizer.from_pretrained(FOLDER / "tokenizer")
    texts = [*FOLDER.joinpath("texts.txt").read_text().splitlines(), *FOREIGN]
    ids = tokenizer(texts, truncation=True)["input_ids"]
    rows = [json.dumps([text, row], ensure_ascii=True) for text, row in zip(texts, ids)]
    FOLDER.joinpath("ids.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
