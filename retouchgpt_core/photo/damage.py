"""What the decoders raise for damaged files."""

import struct
import zlib

from PIL import UnidentifiedImageError

DAMAGE = (
    OSError,
    SyntaxError,
    UnidentifiedImageError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
)
