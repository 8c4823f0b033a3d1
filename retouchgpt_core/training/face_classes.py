"""What a pixel of a training face's map says."""

from retouchgpt_core.face.nets import MAP_CLASSES

IGNORE = 255
"""Nothing is known: neither taught nor counted."""
OTHER, SKIN, HAIR, GLASSES = range(len(MAP_CLASSES))
"""HAIR: not skin, but where skin could be."""
