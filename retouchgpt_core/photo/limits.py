"""Which sizes of picture are opened; told before anything is decoded."""

from retouchgpt_core.errors import PhotoReadError

MAX_MEGAPIXELS = 200
MIN_SIDE = 32
MAX_BYTES = 8 << 30
"""No photo that is opened has a file as large as this."""


def check_size(width: int, height: int, name: str) -> None:
    """Raise PhotoReadError for a picture that is too small for a face or too large for memory."""
    if width < MIN_SIDE or height < MIN_SIDE:
        raise PhotoReadError(
            f"{name} is only {width} x {height} pixels.",
            f"Choose a photo of at least {MIN_SIDE} pixels a side.",
        )
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise PhotoReadError(
            f"{name} has {width * height / 1e6:.0f} megapixels; "
            f"photos of up to {MAX_MEGAPIXELS} can be opened.",
            "Make it smaller first.",
        )


def check_length(length: int, name: str) -> None:
    """Raise PhotoReadError for a file that is longer than any photo, before it is read."""
    if length > MAX_BYTES:
        raise PhotoReadError(
            f"{name} is a file of {length / 1e9:.0f} GB, more than any photo has.",
            "Choose a photo.",
        )
