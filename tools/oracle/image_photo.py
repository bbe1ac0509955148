"""Renders examples/photo.jpg, a mountain lake: made up, so that the repository carries no one's photograph.

A height field of ridged noise is ray-marched at twice the size, lit by one sun with cast shadows, coloured by height
and slope, mirrored in rippled water, and veiled by distance under a sky of clouds.
"""

import pathlib

import torch
from PIL import Image

OUT = pathlib.Path(__file__).parents[2] / "examples/photo.jpg"
WIDTH, HEIGHT = 512, 384
SIDE = 1024
WATER = 0.0
EYE = torch.tensor([0.5, 0.058, 0.0])
SUN = torch.nn.functional.normalize(torch.tensor([-0.70, 0.50, -0.30]), dim=0)


def noise(side, cells, generator):
    """Smooth value noise in [0, 1] that repeats at the edges."""
    lattice = torch.rand(1, 1, cells, cells, generator=generator)
    lattice = torch.nn.functional.pad(lattice, (2, 2, 2, 2), mode="circular")
    scale = side // cells
    grown = torch.nn.functional.interpolate(lattice, scale_factor=scale, mode="bicubic", align_corners=False)
    return grown[0, 0, 2 * scale : 2 * scale + side, 2 * scale : 2 * scale + side]


def layered(side, cells, octaves, generator, ridged=False):
    total, weight = torch.zeros(side, side), 1.0
    for octave in range(octaves):
        layer = noise(side, cells * 2**octave, generator)
        layer = (1 - (2 * layer - 1).abs()) ** 2 if ridged else layer
        # Ridges carry detail, valleys are smooth.
        total += weight * layer * (total.clamp(0, 1) if ridged and octave else 1)
        weight *= 0.5
    return total


def terrain(generator):
    """Heights over [0, 1]²: meadow at the viewer's feet, a lake behind it, mountains round and beyond."""
    z, x = torch.meshgrid(torch.arange(SIDE) / SIDE, torch.arange(SIDE) / SIDE, indexing="ij")
    mountains = layered(SIDE, 4, 8, generator, ridged=True) * 0.15
    hills = layered(SIDE, 8, 7, generator) * 0.05
    far = ((z - 0.44) / 0.45).clamp(0, 1) ** 1.2
    sides = (((x - 0.5).abs() - 0.12) / 0.35).clamp(0, 1) ** 1.5 * (z / 0.4).clamp(0, 1)
    basin = -0.06 * torch.exp(-(((x - 0.55) / 0.22) ** 2) - ((z - 0.34) / 0.12) ** 2)
    shore = 0.034 * torch.exp(-(((z - 0.09) / 0.09) ** 2)) * (1.2 - x)
    return mountains * (0.95 * far + 0.6 * sides) + hills * 0.8 - 0.045 + basin + shore


def sample(field, x, z):
    """Bilinear values of a field [C, side, side] at positions in [0, 1]."""
    grid = torch.stack([x, z], -1)[None] * 2 - 1
    return torch.nn.functional.grid_sample(field[None], grid, padding_mode="reflection", align_corners=False)[0]


def march(heights, origin, direction, steps=420, reach=1.1):
    """Distance at which each ray meets the ground; infinite where it does not."""
    hit = torch.full(direction.shape[:2], float("inf"))
    previous_gap, previous_t = None, None
    for i in range(1, steps):
        t = 0.004 + reach * (i / steps) ** 1.8
        p = origin + direction * t
        gap = p[..., 1] - sample(heights[None], p[..., 0], p[..., 2])[0]
        if previous_gap is not None:
            fraction = previous_gap / (previous_gap - gap).clamp(min=1e-9)
            crossing = (gap < 0) & (previous_gap >= 0) & hit.isinf()
            hit = torch.where(crossing, previous_t + fraction * (t - previous_t), hit)
        previous_gap, previous_t = gap, t
    return hit


def ground_colours(heights, generator):
    """Colour of each point of the ground in sunlight, [3, side, side]."""
    dz, dx = torch.gradient(heights, spacing=1 / SIDE)
    normal = torch.nn.functional.normalize(torch.stack([-dx, torch.ones_like(dx), -dz]), dim=0)
    patches = layered(SIDE, 16, 6, generator) / 2
    grain = torch.rand(SIDE, SIDE, generator=generator)
    grass = colour(0.23, 0.30, 0.09) * (0.55 + 0.6 * patches + 0.25 * grain)
    forest = colour(0.06, 0.13, 0.06) * (0.5 + grain)
    rock = colour(0.34, 0.31, 0.29) * (0.6 + 0.5 * patches + 0.2 * grain)
    snow = colour(0.93, 0.95, 1.0) * (0.9 + 0.1 * grain)
    sand = colour(0.45, 0.40, 0.30) * (0.8 + 0.3 * grain)
    steep = ((1 - normal[1]) * 2.2 - 0.35 + 0.4 * (patches - 0.5)).clamp(0, 1)
    wooded = ((patches - 0.45) * 9 + (heights - 0.02) * 18).clamp(0, 1) * (1 - ((heights - 0.065) * 40).clamp(0, 1))
    snowy = ((heights + 0.06 * (patches - 0.5) - 0.10) * 40).clamp(0, 1) * (1 - ((steep - 0.5) * 3).clamp(0, 1))
    beach = (1 - (heights - 0.001) / 0.004).clamp(0, 1)
    surface = mix(mix(mix(mix(grass, forest, wooded), rock, steep), snow, snowy), sand, beach)
    z, x = torch.meshgrid(torch.arange(SIDE) / SIDE, torch.arange(SIDE) / SIDE, indexing="ij")
    shadow = torch.ones_like(heights)
    for i in range(1, 160):
        t = 0.0015 * i
        above = sample(heights[None], x + SUN[0] * t, z + SUN[2] * t)[0] - (heights + SUN[1] * t)
        shadow = torch.minimum(shadow, (1 - above * 90 / (1 + 0.05 * i)).clamp(0, 1))
    sun = (normal * SUN[:, None, None]).sum(0).clamp(min=0) * shadow
    light = colour(1.75, 1.50, 1.18) * sun + colour(0.26, 0.34, 0.47) * (0.4 + 0.6 * normal[1])
    return surface * light


def colour(*rgb):
    return torch.tensor(rgb)[:, None, None]


def mix(a, b, amount):
    return a * (1 - amount) + b * amount


def sky(direction, clouds):
    up = direction[..., 1].clamp(min=0.0)
    base = mix(colour(0.80, 0.83, 0.86), colour(0.16, 0.34, 0.66), (up * 2.6).clamp(0, 1) ** 0.65)
    t = 0.22 / (up + 0.06)
    at = (direction[..., 0] * t * 0.5 + 0.41) % 1, (direction[..., 2] * t * 0.5 + 0.1) % 1
    density = sample(clouds[None], *at)[0]
    cover = ((density - 1.02) * 3.2).clamp(0, 1) * (up * 14).clamp(0, 1) * 0.92
    shade = mix(colour(1.0, 0.97, 0.93), colour(0.66, 0.69, 0.76), ((density - 1.15) * 2.4).clamp(0, 1))
    glow = (direction * SUN).sum(-1).clamp(0, 1) ** 6
    return mix(base, shade, cover) + colour(0.45, 0.32, 0.18) * glow


def scene(heights, ground, grass, clouds, origin, direction, bounces=1):
    distance = march(heights, origin, direction)
    p = origin + direction * distance.clamp(max=5)[..., None]
    land = sample(ground, p[..., 0], p[..., 2])
    blades = sample(grass[None], (p[..., 0] * 14) % 1, (p[..., 2] * 5) % 1)[0]
    land = land * (1 + (blades - 0.97) * 1.6 * torch.exp(-distance * 7))
    surface = torch.where(direction[..., 1] < -1e-4, (WATER - origin[..., 1]) / direction[..., 1].clamp(max=-1e-4), 9e9)
    background = sky(direction, clouds)
    veil = lambda image, t: mix(image, background * 0.35 + colour(0.52, 0.60, 0.70) * 0.65, 1 - torch.exp(-((t / 1.9) ** 1.5)))
    image = torch.where(distance.isinf(), background, veil(land, distance.clamp(max=5)))
    if bounces == 0:
        return image
    q = origin + direction * surface.clamp(max=5)[..., None]
    waves = torch.sin(q[..., 2] * 900 + 25 * torch.sin(q[..., 0] * 40)) + torch.sin(q[..., 0] * 300 + q[..., 2] * 1400)
    tilt = 0.006 * waves * torch.exp(-surface.clamp(max=5) * 2.5)
    mirrored = direction * torch.tensor([1.0, -1.0, 1.0]) + torch.stack([tilt, tilt.abs() * 2, torch.zeros_like(tilt)], -1)
    reflection = scene(heights, ground, grass, clouds, q, torch.nn.functional.normalize(mirrored, dim=-1), 0)
    fresnel = 0.10 + 0.82 * (1 - direction[..., 1].abs()) ** 5
    water = mix(colour(0.03, 0.10, 0.11), reflection, fresnel)
    return torch.where((surface < distance) & (surface < 3), veil(water, surface.clamp(max=5)), image)


def main():
    generator = torch.Generator().manual_seed(11)
    heights = terrain(generator)
    ground = ground_colours(heights, generator)
    clouds = layered(512, 4, 7, generator)
    grass = layered(512, 32, 5, generator)
    y, x = torch.meshgrid(torch.arange(HEIGHT * 2), torch.arange(WIDTH * 2), indexing="ij")
    right = (x + 0.5 - WIDTH) / WIDTH * 0.72
    up = -(y + 0.5 - HEIGHT) / WIDTH * 0.72 - 0.02
    direction = torch.nn.functional.normalize(torch.stack([right, up, torch.ones_like(up)], -1), dim=-1)
    image = scene(heights, ground, grass, clouds, EYE.expand_as(direction), direction)
    image = torch.nn.functional.avg_pool2d(image[None], 2)[0]
    image = (image * 1.3) / (1 + 0.34 * image)
    vignette = 1 - 0.22 * ((x[::2, ::2] / WIDTH - 1) ** 2 + (y[::2, ::2] / HEIGHT - 1) ** 2) / 2
    image = (image * vignette).clamp(0, 1) ** (1 / 1.75)
    image = image + 0.008 * torch.randn(image.shape, generator=generator)
    pixels = (image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    OUT.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(OUT, quality=86, optimize=True)
    print(OUT, OUT.stat().st_size)


if __name__ == "__main__":
    main()
