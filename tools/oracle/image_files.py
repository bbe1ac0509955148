"""Makes test/golden/image/files.json: small picture files of many kinds and the pixels Pillow sees in them."""

import base64
import io
import json
import pathlib

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

OUT = pathlib.Path(__file__).parents[2] / "test/golden/image"
WIDTH, HEIGHT = 21, 13


def picture():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [128 + 90 * np.sin(x / 3 + c) + 50 * np.cos(y / 2 + 2 * c) for c in range(3)]
    rough = np.random.default_rng(0).normal(0, 10, (HEIGHT, WIDTH, 3))
    return Image.fromarray((np.stack(waves, -1) + rough).clip(0, 255).astype(np.uint8))


def sixteen_bits():
    """A 16-bit RGB PNG, which Pillow reads but does not write."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    samples = np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH * 3)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    block.get_ifd(0x8825)[1] = "N"
    return block


def files():
    rgb = picture()
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH)))
    few = rgb.quantize(16)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gamma = PngImagePlugin.PngInfo()
    gamma.add(b"gAMA", (100000).to_bytes(4, "big"))
    yield "rgb.png", saved(rgb, "PNG")
    yield "rgba.png", saved(rgba, "PNG")
    yield "opaque-rgba.png", saved(rgb.convert("RGBA"), "PNG")
    yield "grey.png", saved(rgb.convert("L"), "PNG")
    yield "grey-alpha.png", saved(rgba.convert("LA"), "PNG")
    yield "one-bit.png", saved(rgb.convert("1"), "PNG")
    yield "palette.png", saved(few, "PNG")
    yield "palette-transparent.png", saved(few, "PNG", transparency=3)
    yield "sixteen-bits.png", sixteen_bits()
    yield "srgb-profile.png", saved(rgb, "PNG", icc_profile=srgb)
    yield "gamma.png", saved(rgb, "PNG", pnginfo=gamma)
    yield "444.jpg", saved(rgb, "JPEG", quality=95, subsampling=0)
    yield "422.jpg", saved(rgb, "JPEG", quality=90, subsampling=1)
    yield "420.jpg", saved(rgb, "JPEG", quality=75, subsampling=2)
    yield "progressive.jpg", saved(rgb, "JPEG", quality=85, progressive=True)
    yield "grey.jpg", saved(rgb.convert("L"), "JPEG", quality=85)
    for orientation in range(1, 9):
        yield f"orientation-{orientation}.jpg", saved(rgb, "JPEG", quality=95, exif=exif(orientation))
    yield "lossless.webp", saved(rgb, "WEBP", lossless=True)
    yield "lossy.webp", saved(rgb, "WEBP", quality=80)
    yield "animated.gif", saved(rgb, "GIF", save_all=True, append_images=[ImageOps.invert(rgb)])
    yield "lzw.tiff", saved(rgb, "TIFF", compression="tiff_lzw")


if __name__ == "__main__":
    entries = []
    for name, data in files():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGBA")
        pixels = base64.b64encode(image.tobytes()).decode()
        entry = {"name": name, "size": image.size, "file": base64.b64encode(data).decode(), "rgba": pixels}
        entries.append(json.dumps(entry))
    (OUT / "files.json").write_text("[\n" + ",\n".join(entries) + "\n]\n")
