"""The descriptive tags of a TIFF, apart from those that say how its pixels are stored."""

import io
import warnings

from PIL import Image

from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.damage import DAMAGE

ORIENTATION = 274
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_FILE_TAGS = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323}
    | {324, 325, 330, 332, 333, 334, 336, 337, 338, 339, 340, 341, 347, 512, 513, 514, 529, 530}
    | {531, 532, 700, 33723, 34377, 34675, 37724}
)
"""Tags that say how pixels are stored, or that are carried apart from the EXIF block."""
_RAW_TAGS = frozenset({33421, 33422, *range(50706, 51200)})
"""A camera RAW's sensor layout and the digital negative's own tags."""


def descriptive_exif(data: bytes) -> bytes | None:
    """Gather a TIFF's descriptive tags, its EXIF and GPS directories into one block.

    None if there are none, they are damaged, or the file is no TIFF.
    """
    block = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd tags are left out, not reported
            block.load_from_fp(io.BytesIO(data))
            for tag in (_EXIF_IFD, _GPS_IFD):
                block.get_ifd(tag)
            for tag in _FILE_TAGS | _RAW_TAGS:
                if tag in block:
                    del block[tag]
            return exif_block.prefixed(block.tobytes()) if len(block) else None
    except DAMAGE:
        return None
