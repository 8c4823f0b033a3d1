"""What made-up drafts come to, for tests of their makers."""

from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.grammar import is_valid
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.language.tokens import END


def plan_of(draft: tuple[str, ...]) -> Plan:
    """Return the plan of a draft that must be grammatical, on a photo where nothing is done."""
    assert is_valid((*draft, END)), draft
    return resolve(read_draft(draft), DialogueState())
