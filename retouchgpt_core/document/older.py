"""Project documents of older versions, brought into the present form."""

from typing import Any


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return a project's document as the present version writes it; a present one stays.

    Raises KeyError, TypeError or ValueError if it is damaged.
    """
    if document["version"] == 1:
        document = _from_version_1(document)
    return in_tiles(document) | {"version": 3} if document["version"] == 2 else document


def in_tiles(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose fills had one mask and one delta each with each fill as one tile.

    Projects before version 3 and journals before version 2 were like that.
    """
    fills = [
        {k: v for k, v in fill.items() if k not in ("mask", "delta")}
        | {"tiles": [{"box": fill["box"], "mask": fill["mask"], "delta": fill["delta"]}]}
        for fill in document["fills"]
    ]
    return document | {"fills": fills}


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
