"""A photograph: pixels at the file's own depth, with everything the file said about them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.photo import colour
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.photo.content import FileContent, JpegCoding, PhotoFormat, Pixels
from retouchgpt_core.photo.formats import format_for
from retouchgpt_core.photo.reading import read_content
from retouchgpt_core.photo.sampling import sample_window, unit_float
from retouchgpt_core.photo.writing import encoded


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """An upright RGB photograph. Its arrays cannot be written to.

    `pixels` (H, W, 3) uint8 or uint16 in the photo's own colour space (`icc`; None = sRGB);
    `alpha` (H, W) of the same type or None; `exif` as in a JPEG, orientation already 1. A `grey`
    photo holds its one channel three times and stays grey. `notes` are sentences for the user
    about what opening the file changed. The other fields are those of `content.FileContent`.
    """

    pixels: Pixels
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: PhotoFormat = "PNG"
    path: Path | None = None
    alpha: NDArray[Any] | None = None
    jpeg: JpegCoding | None = None
    iptc: bytes | None = None
    grey: bool = False
    premultiplied: bool = False
    lossy: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype
        if len(shape) != 3 or shape[2] != 3 or str(dtype) not in ("uint8", "uint16"):
            raise ValueError(f"a photo is (H, W, 3) uint8 or uint16, got {shape} {dtype}")
        object.__setattr__(self, "pixels", _frozen(self.pixels))
        if self.alpha is not None:
            if self.alpha.shape != shape[:2] or self.alpha.dtype != dtype:
                raise ValueError(f"alpha does not fit the pixels: {self.alpha.shape}")
            object.__setattr__(self, "alpha", _frozen(self.alpha))

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a JPEG, PNG, TIFF, WebP, AVIF, HEIC or camera RAW; EXIF orientation is applied.

        Raises PhotoReadError with a sentence and a next step.
        """
        path = Path(path)
        content = read_content(path)
        return cls(
            pixels=content.pixels,
            icc=content.icc,
            exif=content.exif,
            xmp=content.xmp,
            dpi=content.dpi,
            format=content.format,
            path=path,
            alpha=content.alpha,
            jpeg=content.jpeg,
            iptc=content.iptc,
            grey=content.grey,
            premultiplied=content.premultiplied,
            lossy=content.lossy,
            notes=content.notes,
        )

    @classmethod
    def from_array(cls, array: NDArray[Any]) -> Self:
        """Return an sRGB photo of (H, W, 3) uint8 or uint16 pixels; ValueError otherwise."""
        return cls(pixels=np.array(array))

    def write(
        self, path: str | Path, *, quality: int | None = None, subsampling: int | None = None
    ) -> tuple[str, ...]:
        """Save by the path's extension, whole or not at all; metadata goes along.

        Returns notes: sentences for the user about what the format could not hold (16 bits become
        8 in JPEG, WebP, AVIF and HEIC; a JPEG holds no transparency). A photo from a JPEG keeps
        its quality and subsampling unless told otherwise. Raises PhotoWriteError with a sentence
        and a next step.
        """
        path = Path(path)
        format_ = format_for(path)
        content = FileContent(
            pixels=self.pixels,
            format=format_,
            alpha=self.alpha,
            icc=self.icc,
            exif=self.exif,
            xmp=self.xmp,
            iptc=self.iptc,
            dpi=self.dpi,
            jpeg=self.jpeg,
            grey=self.grey,
            premultiplied=self.premultiplied,
            lossy=self.lossy,
        )
        data, notes = encoded(content, format_, quality=quality, subsampling=subsampling)
        write_atomically(path, data)
        return notes

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def depth(self) -> int:
        """Bits a channel: 8 or 16."""
        return 8 * self.pixels.dtype.itemsize

    @property
    def box(self) -> Box:
        return Box.of_size(self.width, self.height)

    @property
    def profile(self) -> str:
        """The colour profile's name, "sRGB" if the file has none."""
        return colour.profile_name(self.icc)

    @property
    def is_srgb(self) -> bool:
        """Whether the photo's own values can be taken as sRGB in all three channels."""
        return not self.grey and colour.is_srgb(self.icc)

    def replaced(self, pixels: Pixels) -> Self:
        """Return the same photo with other pixels of the same shape and depth."""
        if pixels.shape != self.pixels.shape or pixels.dtype != self.pixels.dtype:
            raise ValueError(
                f"expected {self.pixels.shape} {self.pixels.dtype}, "
                f"got {pixels.shape} {pixels.dtype}"
            )
        return replace(self, pixels=pixels)

    def rgb(self, box: Box | None = None) -> NDArray[np.float32]:
        """Return float32 (h, w, 3) in [0, 1] sRGB of the photo, or of a box inside it."""
        part = (
            self.pixels if box is None else self.pixels[box.clamp(self.width, self.height).slices]
        )
        return colour.to_srgb(unit_float(part), self.icc)

    def window(self, window: Window) -> NDArray[np.float32]:
        """Return float32 (pixels, pixels, 3) in [0, 1] sRGB of a window.

        Averaged over areas on the way down, bilinear up, edge repeated outside the photo.
        """
        return colour.to_srgb(sample_window(self.pixels, window), self.icc)

    def own_delta(
        self, rgb: NDArray[np.float32], delta: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Convert a change of sRGB pixels into a change of the photo's own values.

        `rgb` (h, w, 3) in [0, 1] is what the change was predicted on. Returns (h, w, 3) in
        [-1, 1]; the same delta for an sRGB photo, one without colour for a grey photo.
        """
        if self.is_srgb:
            return delta
        if self.grey:
            rgb, delta = colour.without_colour(rgb), colour.without_colour(delta)
        before = colour.from_srgb(rgb, self.icc)
        return colour.from_srgb(np.clip(rgb + delta, 0.0, 1.0), self.icc) - before


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
