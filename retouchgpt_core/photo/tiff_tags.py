"""The descriptive tags of a TIFF, apart from those that say how its pixels are stored."""

import struct

from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.directories import Tags, block_of, tags_of

ORIENTATION = 274
FILE_TAGS = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 301, 317, 320}
    | {321, 322, 323, 324, 325, 326, 327, 328, 330, 332, 333, 334, 336, 337, 338, 339, 340, 341}
    | {342, 347, 512, 513, 514, 529, 530, 531, 532, 559, 700, 33723, 34377, 34675, 37724}
)
"""Tags that say how pixels are stored, or that are carried apart from the EXIF block."""
_RAW_TAGS = frozenset({33421, 33422, *range(50706, 51200)})
"""A camera RAW's sensor layout and the digital negative's own tags."""


def descriptive_exif(data: bytes) -> bytes | None:
    """Gather a TIFF's descriptive tags, its EXIF and GPS directories into one block.

    Their values stay byte for byte. None if there are none, they are damaged, or the file is no
    TIFF.
    """
    try:
        order, first = tags_of(data)
        kept = first.only(lambda tag: tag not in FILE_TAGS | _RAW_TAGS)
        return None if kept.empty else exif_block.prefixed(block_of(Tags(order, kept)))
    except (struct.error, ValueError):
        return None
