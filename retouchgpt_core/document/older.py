"""Project documents of older versions, brought into the present form."""

from typing import Any


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as the present version writes it; one that is present already stays.

    Raises KeyError, TypeError or ValueError if it is damaged.
    """
    return _from_version_1(document) if document["version"] == 1 else document


def _from_version_1(document: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew turns but not what each of them set, so what they set together is one round.

    Its pictures lay under the numbers of the marks and fills.
    """
    marks = [m | {"mask": f"masks/{n}.png"} for n, m in enumerate(document["marks"])]
    fills = [
        fill | {"mask": f"fills/{n}-mask.png", "delta": f"fills/{n}-delta.png"}
        for n, fill in enumerate(document["fills"])
    ]
    nothing = {"strokes": [], "kinds": {}, "enabled": True}
    rounds = [
        {"number": n, "label": turn["text"], "strengths": {}, "fixed": False, "turn": turn}
        for n, turn in enumerate(document["turns"], 1)
    ]
    if document["strengths"]:
        whole = {
            "number": len(rounds) + 1,
            "label": "Earlier work",
            "strengths": document["strengths"],
            "fixed": False,
            "turn": None,
        }
        rounds.append(whole)
    return document | {
        "version": 2,
        "weights": {},
        "boxes": [],
        "marks": marks,
        "fills": fills,
        "rounds": [one | nothing for one in rounds],
    }
