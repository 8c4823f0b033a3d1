"""Dialogues made up from phrase files, with the plans that they mean."""

from retouchgpt_core.synthesis.dialogues.dialogues import (
    Sample,
    phrase_plan,
    sample_dialogue,
    sample_turns,
)

__all__ = ["Sample", "phrase_plan", "sample_dialogue", "sample_turns"]
