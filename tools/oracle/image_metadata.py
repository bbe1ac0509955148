"""Makes test/golden/image/metadata.json: files with settings in them, written by Pillow the way web UIs do."""

import base64
import io
import json
import pathlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

OUT = pathlib.Path(__file__).parents[2] / "test/golden/image"
PLAIN = "make it winter\nSteps: 20, Sampler: Euler a, Seed: 1"
WIDE = "mach es zu Winter ❄ 冬\nSteps: 20, Sampler: Euler a, Seed: 1"


def saved(kind, **options):
    buffer = io.BytesIO()
    Image.new("RGB", (5, 3), (200, 100, 50)).save(buffer, kind, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def png(text, compressed=False, international=False):
    info = PngInfo()
    info.add_text("Software", "something else")
    (info.add_itxt(key="parameters", value=text, zip=compressed) if international else info.add_text("parameters", text, compressed))
    return saved("PNG", pnginfo=info)


def exif(comment):
    block = Image.Exif()
    block[0x0131] = "something else"
    block.get_ifd(0x8769)[0x9286] = comment
    return block


if __name__ == "__main__":
    utf16 = {order: b"UNICODE\0" + WIDE.encode(f"utf-16-{order}") for order in ("be", "le")}
    cases = {
        "tEXt": [png(PLAIN), PLAIN],
        "zTXt": [png(PLAIN, True), PLAIN],
        "iTXt": [png(WIDE, False, True), WIDE],
        "iTXt, compressed": [png(WIDE, True, True), WIDE],
        "JPEG, big-endian text": [saved("JPEG", exif=exif(utf16["be"])), WIDE],
        "JPEG, little-endian text": [saved("JPEG", exif=exif(utf16["le"])), WIDE],
        "JPEG, ASCII": [saved("JPEG", exif=exif(b"ASCII\0\0\0" + PLAIN.encode())), PLAIN],
        "WebP": [saved("WEBP", exif=exif(utf16["be"])), WIDE],
        "AVIF": [saved("AVIF", exif=exif(utf16["be"])), WIDE],
        "nothing in PNG": [saved("PNG"), None],
        "nothing in JPEG": [saved("JPEG"), None],
    }
    rows = [json.dumps({"name": name, "file": file, "parameters": text}) for name, (file, text) in cases.items()]
    (OUT / "metadata.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")
