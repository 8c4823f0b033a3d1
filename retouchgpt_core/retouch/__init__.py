"""Marks on the skin, their masks and fills, and how fills are blended into the photo."""
