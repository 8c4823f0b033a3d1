"""What a camera and a file do to a picture, done alike to input, target and clean."""

import torch
from torch.nn import functional

_LUMA = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=torch.float32,
)
"""ITU-T T.81, Annex K, table K.1."""
_CHROMA = torch.tensor(
    [
        [17, 18, 24, 47, 99, 99, 99, 99],
        [18, 21, 26, 66, 99, 99, 99, 99],
        [24, 26, 56, 99, 99, 99, 99, 99],
        [47, 66, 99, 99, 99, 99, 99, 99],
        *([[99] * 8] * 4),
    ],
    dtype=torch.float32,
)
"""ITU-T T.81, Annex K, table K.2."""
_TO_YCC = torch.tensor(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)


def _dct_matrix() -> torch.Tensor:
    k = torch.arange(8, dtype=torch.float32)
    matrix = torch.cos(torch.pi * (2 * k[None] + 1) * k[:, None] / 16) * 0.5
    matrix[0] *= 0.5**0.5
    return matrix


def jpeg(images: torch.Tensor, quality: torch.Tensor) -> torch.Tensor:
    """Return (N, 3, H, W) images as baseline JPEG with 2x2 chroma would give them back.

    `images` in [0, 1], H and W divisible by 16; `quality` (N,) from 1 to 100, as in libjpeg.
    Follows ITU-T T.81 but for the entropy coding, which loses nothing.
    """
    device = images.device
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None] / 100
    to_ycc = _TO_YCC.to(device)
    ycc = torch.einsum("ij,njhw->nihw", to_ycc, images * 255)
    luma = _quantised(ycc[:, :1] - 128, _table(_LUMA, scale)) + 128
    chroma = functional.avg_pool2d(ycc[:, 1:], 2)
    chroma = _quantised(chroma, _table(_CHROMA, scale))
    chroma = functional.interpolate(chroma, scale_factor=2.0, mode="nearest")
    rgb = torch.einsum(
        "ij,njhw->nihw", torch.linalg.inv(_TO_YCC).to(device), torch.cat([luma, chroma], 1)
    )
    return (rgb.round() / 255).clamp(0, 1)


def _table(base: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return (base.to(scale.device)[None] * scale).round().clamp(1, 255)


def _quantised(planes: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    n, c, height, width = planes.shape
    dct = _dct_matrix().to(planes.device)
    blocks = planes.reshape(n, c, height // 8, 8, width // 8, 8).transpose(3, 4)
    step = table[:, None, None, None]
    levels = (dct @ blocks @ dct.T / step).round() * step
    back = dct.T @ levels @ dct
    return back.transpose(3, 4).reshape(n, c, height, width)


def blur(planes: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Return (N, C, H, W) planes blurred by [s, 1 - 2 s, s] along both axes, edges replicated.

    `share` (N,) is s, at most 0.25 (a deviation of 0.71 px; twice gives 1.0).
    """
    s = share[:, None, None, None]
    wide = functional.pad(planes, (1, 1, 0, 0), mode="replicate")
    planes = planes * (1 - 2 * s) + (wide[..., :-2] + wide[..., 2:]) * s
    tall = functional.pad(planes, (0, 0, 1, 1), mode="replicate")
    return planes * (1 - 2 * s) + (tall[..., :-2, :] + tall[..., 2:, :]) * s


def grain(
    shape: tuple[int, int, int, int], strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Return (N, 3, H, W) film-like noise: mostly luminance, slightly correlated.

    `strength` (N,) is its standard deviation in [0, 1] units.
    """
    n, _, height, width = shape
    colour = torch.randn(n, 3, height, width, generator=generator).to(strength.device)
    noise = 0.5 * colour + 1.45 * colour.mean(1, keepdim=True)
    half = noise.roll(1, -1) + noise.roll(1, -2)
    mixed = torch.cat([noise[: n // 2], (noise + 0.7 * half)[n // 2 :] * 0.71])
    return mixed * strength[:, None, None, None]
