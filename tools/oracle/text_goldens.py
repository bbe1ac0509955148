"""Token ids by transformers' CLIPTokenizer: the goldens of src/text.

    python text_goldens.py --bpe bpe_simple_vocab_16e6.txt.gz

Three tokenizers: `tiny` (test/golden/edit/checkpoint/tokenizer), `medium` (trained here on generated words, "!" as its
padding token like Stable Diffusion 2) and `openai` (the real vocabulary, which is not committed: only its ids are).
"""

import argparse
import gzip
import hashlib
import json
import random
import tempfile
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from tokenizers import pre_tokenizers
from transformers import CLIPTokenizer

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/golden/text"
TINY = ROOT / "test/golden/edit/checkpoint/tokenizer"
BOS, EOS = "<|startoftext|>", "<|endoftext|>"
MEDIUM_MERGES = 2000
OPENAI_MERGES = 48894  # the file goes on, its vocabulary does not

WORDS = """
make it snow turn him into a cyborg put the mountains on fire swap sunflowers with roses have her ride horse as if
were painting by van gogh replace sky stormy night add fireworks above bridge what would look like in style of
watercolor remove background change color jacket red to blue photograph wearing glasses don't we'll it's they're
""".split()


def byte_symbols() -> list[str]:
    """The printable stand-in of every byte, in vocabulary order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + n) for n in range(len(hidden))]


def vocabulary(merges: list[str]) -> dict[str, int]:
    """The vocabulary that a list of merges implies."""
    symbols = byte_symbols()
    tokens = [*symbols, *(s + "</w>" for s in symbols), *("".join(m.split(" ")) for m in merges), BOS, EOS]
    return {token: index for index, token in enumerate(tokens)}


def flagged(token: str) -> dict:
    return {"content": token, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}


def write_folder(folder: Path, merges: list[str], pad: str) -> None:
    """A tokenizer folder with the files and flags that Stable Diffusion's repositories have (no tokenizer.json)."""
    folder.mkdir(parents=True, exist_ok=True)
    vocab = vocabulary(merges)
    folder.joinpath("vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, separators=(",", ":")) + "\n")
    folder.joinpath("merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    special = {"bos_token": flagged(BOS), "eos_token": flagged(EOS), "pad_token": pad, "unk_token": flagged(EOS)}
    folder.joinpath("special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    config = {
        "model_max_length": 77,
        "tokenizer_class": "CLIPTokenizer",
        "add_prefix_space": False,
        "do_lower_case": True,
    }
    typed = {k: v if isinstance(v, str) else {"__type": "AddedToken", **v} for k, v in special.items()}
    folder.joinpath("tokenizer_config.json").write_text(json.dumps({**config, **typed}, indent=2) + "\n")


@cache
def train_merges(count: int) -> list[str]:
    """Byte-pair merges learnt on generated words: letters of several scripts, digits, punctuation, emoji."""
    rng = random.Random(2211)
    scripts = [
        "aeioubcdfghklmnprst",
        "áéíóúüñçßłøå",
        "абвгдежзиклмнопрст",
        "αβγδεζηικλμνοπρσς",
        "日本語中文字東京山水雪火",
        "かきくけこさしすせそ",
        "😀🎨🌋🐴❄🔥",
    ]
    weights = [40, 6, 5, 4, 4, 3, 3]
    corpus = []
    for _ in range(4000):
        letters = rng.choices(scripts, weights)[0]
        word = "".join(rng.choices(letters[: rng.randint(3, len(letters))], k=rng.randint(1, 7)))
        corpus.append(rng.choice(WORDS) + " " + word + rng.choice([" ", "!", "...", "?!", "--", "'s "]))
    split = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    words = Counter(word for line in corpus for word, _ in split.pre_tokenize_str(line))
    return learn_pairs({(*word[:-1], word[-1] + "</w>"): number for word, number in words.items()}, count)


def learn_pairs(words: dict[tuple[str, ...], int], count: int) -> list[str]:
    """Byte-pair merges of counted words; of pairs that are equally frequent, the first in code point order."""
    merges = []
    known = set()
    while len(merges) < count:
        pairs = Counter()
        for word, number in words.items():
            for pair in zip(word, word[1:], strict=False):
                if "".join(pair) not in known:
                    pairs[pair] += number
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        known.add("".join(best))
        merges.append(" ".join(best))
        words = {merge(word, best) if best[0] in word else word: number for word, number in words.items()}
    return merges


def merge(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    merged = []
    for symbol in word:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return tuple(merged)


# --- strings ---------------------------------------------------------------------------------------------------------

WRITTEN = [
    "", " ", "\t\n\r ", "\u3000", "turn him into a cyborg", "make the mountains snowy", "Swap sunflowers with roses",
    "don't we'll it's I'D", "2023 12.5%", "naïve café Ünïcode", "emoji 😀 test", "it’s", "hello_world", "日本語 テスト",
    "a<|endoftext|>b", "İstanbul", "ﬁne ½ ²", "ΑΣ ΣΑΣ ΟΔΥΣΣΕΥΣ", "a\u0085b", "a\ufeffb", "a\u180eb", "a\u200bb",
    "a\u00a0b\u2028c\u2029d", "e\u0301 vs é", "A\u030a vs Å", "\u1100\u1161\u11a8", "각", "ﬀ ﬁ ﬂ ﬃ", "ſ 'ſ K Å",
    "'s 's'S 'ts", "'' ''s ''' 'll'd", "rock 'n' roll", "<|startoftext|>", "<|STARTOFTEXT|>!!",
    "<|endoftext|><|endoftext|>", "<|endoftext", "<|EndOfText|>x", "!<|startoftext|>!", " <|endoftext|> ", "!",
    "wow!", "!!", "x!y", "[MASK] <pad>", "&amp; &lt;b&gt;", "<b>bold</b>", "C:\\path\\file", "a\x00b\x01c\x7fd",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇫🇷", "한국어 조선말", "العربية ١٢٣", "עברית", "हिन्दी १२३", "ภาษาไทย", "Ελληνικά", "русский ЯЗЫК",
    "ǅ ǈ ǋ", "ᏣᎳᎩ ꭰ", "Ⅷ ⅷ ① ⑳ ㉈", "𝕳𝖊𝖑𝖑𝖔 𝟙𝟚", "ａｂｃ １２３ ！", "no\u00adhyphen", "x²+y²=z²", "½¼¾", "1,000,000.00",
    "3.14159", "$5 €6 £7", "__init__", "snake_case_name", "CamelCase", "e-mail@host.tld",
    "https://example.org/?a=1&b=2", "…", "—–-", "“quoted” ‘text’", "a" * 200, "ab " * 120, "!" * 90, "0123456789" * 9,
    "make it snow " * 30, "\U0001f600" * 40, "日" * 80, "x\u0301\u0302\u0303", "\u0301", "\u0344 \u0958 \u2126",
    "\U0001d15e", "\ue000\U000f0000", "\ufffd \uffff", "\u1e9e ß SS", "ŉ ǰ ΐ",
]  # fmt: skip

RANGES = [
    (0x20, 0x7E), (0x20, 0x7E), (0x00, 0x20), (0x7F, 0xFF), (0x100, 0x24F), (0x250, 0x2FF), (0x300, 0x36F),
    (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x6FF), (0x900, 0xDFF), (0xE00, 0x11FF), (0x13A0, 0x13FF),
    (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x218F), (0x2190, 0x27BF), (0x2C00, 0x2DFF), (0x3000, 0x30FF),
    (0x3100, 0x4DBF), (0x4E00, 0x9FFF), (0xA640, 0xA7FF), (0xAB30, 0xABBF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0xFB00, 0xFEFF), (0xFF00, 0xFFEF), (0x10400, 0x104FF), (0x1D100, 0x1D7FF), (0x1E900, 0x1E95F),
    (0x1F1E6, 0x1FAFF), (0x20000, 0x2A6DF),
]  # fmt: skip

PIECES = [
    BOS, EOS, "<|", "|>", "<|EndOfText|>", "'", "'", "’", "''", "'s", "'T", "'re", "'VE", "'m", "'ll", "'d", "!",
    "?!", "...", "_", "-", " ", "  ", "\t", "\n", "\r\n", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "\ufeff",
    "\u200b", "\u200d", "\u180e", "\x1c", "\x1f", "½", "²", "ﬁ", "İ", "ı", "Σ", "ς", "ß", "ẞ", "e\u0301", "\u0301",
    "\u0323", "\ufe0f", "😀", "👩‍💻", "🏳️‍🌈", "👍🏽", "🇯🇵", "日本", "한", "\u1112\u1161", "0", "9", "٣", "Ⅳ", "①",
]  # fmt: skip


def random_character(rng: random.Random) -> str:
    """A character that Unicode 14 knows: later ones depend on the Unicode tables of the platform."""
    while True:
        low, high = rng.choice(RANGES)
        character = chr(rng.randint(low, high))
        if unicodedata.category(character) not in ("Cn", "Cs"):
            return character


def random_string(rng: random.Random) -> str:
    kind = rng.randrange(6)
    if kind == 0:
        return "".join(random_character(rng) for _ in range(rng.randint(1, 24)))
    if kind == 1:
        return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 14)))
    if kind == 2:
        low, high = rng.choice(RANGES)
        run = [chr(rng.randint(low, high)) for _ in range(rng.randint(1, 16))]
        return "".join(c for c in run if unicodedata.category(c) not in ("Cn", "Cs"))
    if kind == 3:
        words = [rng.choice([str, str, str.upper, str.title])(rng.choice(WORDS)) for _ in range(rng.randint(1, 12))]
        return "".join(w + rng.choice([" ", " ", "  ", ", ", "", "!", rng.choice(PIECES)]) for w in words)
    if kind == 4:
        return "".join(chr(rng.randint(97, 122)) for _ in range(rng.randint(1, 40)))
    mixed = [lambda: rng.choice(WORDS), lambda: rng.choice(PIECES), lambda: random_character(rng)]
    return "".join(rng.choice(mixed)() for _ in range(rng.randint(1, 16)))


# --- the forms that a folder's other files take -----------------------------------------------------------------------

VARIANT_STRINGS = [
    "wow! a<|endoftext|>b <|EndOfText|>c <|STARTOFTEXT|>!!",
    "a <CAT-toy>, a <cat-toy>.",
    "make it snow " * 12,
]
TOY = 2514
VARIANTS = [
    {"name": "vocabulary and merges alone"},
    {"name": "plain names", "config": {"eos_token": EOS, "pad_token": BOS, "model_max_length": 20}},
    {"name": "flags in the configuration only", "config": {"bos_token": {"__type": "AddedToken", **flagged(BOS)}}},
    {
        "name": "the map wins",
        "config": {"pad_token": BOS},
        "specialTokens": {"pad_token": "!", "eos_token": flagged(EOS)},
    },
    {
        "name": "the decoder wins over the map",
        "config": {"pad_token": BOS, "added_tokens_decoder": {"2512": flagged(BOS), str(TOY): flagged("<cat-toy>")}},
        "specialTokens": {"pad_token": "!", "bos_token": BOS},
    },
    {"name": "added tokens", "addedTokens": {"<cat-toy>": TOY}, "config": {"model_max_length": int(1e30)}},
    {
        "name": "whole file",
        "whole": [{"id": TOY, "special": False, **flagged("<cat-toy>")}],
        "config": {"pad_token": "!"},
    },
]


def variant_ids(variant: dict) -> dict:
    """The variant with its ids, from a folder made for it out of the medium tokenizer."""
    names = {"config": "tokenizer_config", "specialTokens": "special_tokens_map", "addedTokens": "added_tokens"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for name in ["vocab.json", "merges.txt"]:
            path.joinpath(name).write_bytes(OUT.joinpath("medium", name).read_bytes())
        for key, name in names.items():
            if key in variant:
                path.joinpath(f"{name}.json").write_text(json.dumps(variant[key]))
        if "whole" in variant:
            whole = json.loads(OUT.joinpath("medium.tokenizer.json").read_text())
            path.joinpath("tokenizer.json").write_text(json.dumps({**whole, "added_tokens": variant["whole"]}))
        tokenizer = CLIPTokenizer.from_pretrained(folder)
    length = min(tokenizer.model_max_length, 77)
    ids = tokenizer(VARIANT_STRINGS, padding="max_length", max_length=length, truncation=True)["input_ids"]
    return {**variant, "ids": ids}


# --- output ----------------------------------------------------------------------------------------------------------


def digest(ids: list[int]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of the ids joined by spaces."""
    return hashlib.sha256(" ".join(map(str, ids)).encode()).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bpe", type=Path, required=True, help="OpenAI's bpe_simple_vocab_16e6.txt.gz")
    parser.add_argument("--count", type=int, default=2400, help="random strings")
    arguments = parser.parse_args()

    write_folder(OUT / "medium", train_merges(MEDIUM_MERGES), pad="!")
    tokenizers = {"tiny": CLIPTokenizer.from_pretrained(TINY), "medium": CLIPTokenizer.from_pretrained(OUT / "medium")}
    with tempfile.TemporaryDirectory() as saved:
        tokenizers["medium"].save_pretrained(saved)
        whole = json.loads(Path(saved).joinpath("tokenizer.json").read_text())
        OUT.joinpath("medium.tokenizer.json").write_text(
            json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n"
        )
        lines = gzip.open(arguments.bpe, "rt", encoding="utf-8").read().split("\n")
        write_folder(Path(saved) / "openai", lines[1 : 1 + OPENAI_MERGES], pad=EOS)
        tokenizers["openai"] = CLIPTokenizer.from_pretrained(Path(saved) / "openai")

    rng = random.Random(9800)
    strings = [*WRITTEN, *(random_string(rng) for _ in range(arguments.count))]
    golden = {"written": len(WRITTEN), "strings": strings, "ids": {}, "digests": {}, "padded": {}, "cut": {}}
    for name, tokenizer in tokenizers.items():
        ids = [tokenizer(s)["input_ids"] for s in strings]
        golden["ids"][name] = ids[: len(WRITTEN)]
        golden["digests"][name] = [digest(i) for i in ids]
        padded = tokenizer(WRITTEN, padding="max_length", max_length=77, truncation=True)["input_ids"]
        golden["padded"][name] = [digest(i) for i in padded]
        cut = [i[76:-1] for i in ids[: len(WRITTEN)]]
        golden["cut"][name] = [tokenizer.decode(i) for i in cut]
    golden["variants"] = {"strings": VARIANT_STRINGS, "cases": [variant_ids(variant) for variant in VARIANTS]}
    OUT.joinpath("clip-ids.json").write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
