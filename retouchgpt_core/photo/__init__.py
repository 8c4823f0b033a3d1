"""Photographs in and out of files, at their own depth, with their colour and metadata."""

from retouchgpt_core.photo.content import JpegCoding, PhotoFormat
from retouchgpt_core.photo.photo import Photo

__all__ = ["JpegCoding", "Photo", "PhotoFormat"]
