"""Writes the model card of the face networks, with what `retouchgpt bench face` measures."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from retouchgpt_core.face.weights import load_nets
from retouchgpt_core.training.face_bench import Figure, measured_figures, table


def write_card(data: Path, weights: Path) -> None:
    """Measure everything and write `weights`/README.md; takes some minutes."""
    (weights / "README.md").write_text(card(weights, measured_figures(data, weights)))


def card(weights: Path, figures: Sequence[Figure]) -> str:
    """Return the model card of the networks in `weights`, with figures measured on them."""
    nets = load_nets(weights)
    counts = [sum(p.numel() for p in net.parameters()) for net in nets]
    crops, pictures = _samples(weights / "curve.csv")
    return _CARD.format(
        crops=f"{crops:,}",
        pictures=f"{pictures:,}",
        detector=f"{counts[0]:,}",
        landmarks=f"{counts[1]:,}",
        table=table(figures),
        config=json.dumps(json.loads((weights / "config.json").read_text())),
    )


def _samples(curve: Path) -> tuple[int, int]:
    """Add up the crops and pictures of all runs that a curve records."""
    if not curve.exists():
        return 0, 0
    with curve.open(newline="") as file:
        rows = list(csv.DictReader(file))
    crops = pictures = 0
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if following is None or float(following["seconds"]) < float(row["seconds"]):
            crops += int(row["landmark_images"])
            pictures += int(row["detector_images"])
    return crops, pictures


_CARD = """\
# Face layout

Two small convolutional networks: a detector of face centres and sizes ({detector} parameters)
and a network that lays out one face in a 128 px crop ({landmarks} parameters): 478 points in the
order of the MediaPipe face mesh, whether there is a face, and a map of skin, hair, glasses and the
rest. Regions are polygons over the points (`retouchgpt_core/face/regions.json`), cut to visible
skin by the map and by the face's own colours. Both nets: `model.safetensors`, float16.

Config: `{config}`

## Trained on

1,841 machine-made portraits (StyleGAN and diffusion models, nobody's likeness: 624 from
thispersondoesnotexist, 1,086 studio faces balanced over eight groups, 200 diverse CC0 portraits,
28 SFHQ, MIT; one in twenty kept out), turned to the side by up to 57 degrees and up or down by up
to 23 by a depth that was measured on their own labels, rolled, squeezed, cut, relit at random,
covered by drawn glasses, strands, beards, hats, masks and hands, and drawn pictures without a face.
The first run saw shallower turns and fewer covers; the last 85 minutes also saw the glasses that
133 of the portraits wear (`worn_glasses.json`: their rims fitted to the picture's lines and looked
at one by one) and drawn ones of every frame. The points' labels are another detector's output, not
hand-made truth; the map's other labels are GrabCut seeded by the regions. {crops} crops and
{pictures} pictures were drawn, on one processor core. No real photograph was trained on.
Licence: MIT, as the program. Made again by `train_face` (`retouchgpt_core/training/face.py`).

## Measured

By `retouchgpt bench face --data DIR`, on real photographs of consenting adults (Face Research Lab
London Set and a Canadian set, CC BY 4.0; one Pexels portrait), seen by no training; the finder's
thresholds and those of the hair test were set while looking at some of them (that a face is
there: on groups and broken faces made of training faces that were kept out, and on groups of the
Canadian set made with another seed). Error = mean distance of the 478 points from their labels by
the distance between the irises; head pose = the largest of the angles yaw, pitch and roll between
the pose of the found and of the labelled points, which says nothing about the true pose (the
labelled points of frontal photographs give a yaw of 0 with a spread of 2 to 3 degrees); regions =
mean IoU of the 15 face regions against polygons over the labelled points. The groups are made:
heads of the same photographs, rolled and turned, pasted on pictures without a face, which is also
how the detector's training pictures are made; they are then relit at random, some to near black
or white: of ten missed ones looked at, seven are hard to see at all. The pictures without a face
are those of scikit-image and matplotlib (where installed), parts of photographs beside the faces,
drawn textures and noise; drawn ones come from the generator that training uses, with another
seed.

{table}

## Intended use and limits

To find where on a face an edit may act. Not for telling who someone is, nor age, sex or origin.
Faces from about 40 px, rolled up to 45 degrees, turned up to some 50. Could not be checked on real
material, for want of it: group photographs, faces turned far (one photograph), hands, hats and
masks before faces, dark or overexposed pictures, children. Light or grey fringes are only partly
told from skin; the neck is found for a short way below the chin only. Whether a face wears glasses
is decided as a whole; rims are then seen where they are dark or wide, thin ones for the greater
part, lenses without a rim hardly. Statues, dolls and pictures of faces may count as faces. In the
photographs measured skin tones run from very light to very dark, but the set of one tone is too
small to quote an error for.
"""
