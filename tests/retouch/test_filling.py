"""Where marks are rebuilt: squares that hold them, and results that do not depend on company."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.network.threads import on_one_thread
from retouchgpt_core.retouch.analysis import FaceAnalysis, Look, kinds_at, probability_maps
from retouchgpt_core.retouch.filling import rebuild_spots, square_for
from retouchgpt_core.vocabulary import KINDS, SPOT_KINDS, Kind

WINDOW_SIDES = st.sampled_from([512, 640, 896])


@given(
    WINDOW_SIDES,
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 500),
    st.integers(1, 500),
)
@settings(max_examples=200, deadline=None)
def test_square_holds_the_mark(pixels: int, u: float, v: float, width: int, height: int) -> None:
    box = Box(int(u * (pixels - width)), int(v * (pixels - height)), width, height)
    box = box.clamp(pixels, pixels)
    square = square_for(box, pixels)
    assert square.intersection(box) == box
    assert Box.of_size(pixels, pixels).intersection(square) == square
    assert square.width == square.height
    assert square.width % 32 == 0
    assert square.x % 4 == 0
    assert square.y % 4 == 0


def small_look(seed: int = 0) -> tuple[Look, RetouchNetwork]:
    torch.manual_seed(seed)
    network = RetouchNetwork(
        NetworkConfig(widths=(4, 8, 8, 16, 16), depths=(0, 0, 0, 0), latent=16, blocks=2)
    ).folded()
    image = torch.rand(1, 3, 512, 512)
    labels = torch.full((1, 512, 512), 8, dtype=torch.uint8)
    with torch.inference_mode():
        analysis = network.analyse(image)
    return Look(Window(0, 0, 512, 512), image, labels, analysis), network


def test_a_fill_does_not_depend_on_which_other_marks_were_asked_for() -> None:
    look, network = small_look()
    kinds = np.zeros((len(KINDS), 512, 512), np.float32)
    near, far = Box(100, 100, 12, 12), Box(400, 380, 20, 20)
    for box in (near, far):
        kinds[KINDS.index(Kind.ACNE)][box.slices] = 1.0
    prompts = network.without_prompts(1).detach()
    alone = dict(rebuild_spots(look, network, prompts, kinds, [near]))
    together = dict(rebuild_spots(look, network, prompts, kinds, [near, far]))
    assert alone[0].window == together[0].window
    np.testing.assert_array_equal(alone[0].delta, together[0].delta)
    assert together[1].window != together[0].window
    assert np.abs(alone[0].delta[100 - int(alone[0].window.y) :][:12]).max() > 0


def test_a_spot_costs_no_evening_of_tones_and_is_what_the_whole_retoucher_rebuilds() -> None:
    look, network = small_look()
    kinds = np.zeros((len(KINDS), 512, 512), np.float32)
    spot = Box(100, 100, 12, 12)
    kinds[KINDS.index(Kind.ACNE)][spot.slices] = 1.0
    prompts = network.without_prompts(1).detach()
    evened: list[object] = []
    hook = network.retoucher.tone.register_forward_hook(lambda *_: evened.append(1))
    patch = dict(rebuild_spots(look, network, prompts, kinds, [spot]))[0]
    assert not evened
    hook.remove()
    square = square_for(spot, 512)
    rows, columns = square.slices
    known = torch.from_numpy(0.45 * kinds[:, rows, columns])[None]
    image = look.image[..., rows, columns]
    detail = look.analysis.evidence.detail[
        ..., square.y // 4 : square.bottom // 4, square.x // 4 : square.right // 4
    ]
    with torch.inference_mode(), on_one_thread():
        whole = network.retoucher(image, detail, known.amax(1, keepdim=True), known, prompts)
    expected = (whole.rebuilt - image)[0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(patch.delta, expected)


def test_kinds_at_a_point_are_those_of_the_whole_maps(face: FaceLayout) -> None:
    fine, coarse = (
        replace(look, window=face.window.at(look.window.pixels)) for look in looks_at_two_scales()
    )
    analysis = FaceAnalysis(face, coarse, fine)
    look, _, maps = probability_maps(analysis)
    spots = [k for k in KINDS if k in SPOT_KINDS]
    for u, v in ((0.1, 0.2), (0.5, 0.5), (0.731, 0.984), (0.0, 0.0)):
        window = face.window
        point = Point(window.x + u * window.size, window.y + v * window.size)
        x, y = look.window.to_window(point.x, point.y)
        found = kinds_at(analysis, point, spots)
        assert found == {k: float(maps[KINDS.index(k), int(y), int(x)]) for k in spots}
    assert kinds_at(analysis, Point(face.window.x - 5, face.window.y), spots) is None


def looks_at_two_scales() -> tuple[Look, Look]:
    look, network = small_look()
    image = torch.rand(1, 3, 640, 640)
    labels = torch.full((1, 640, 640), 8, dtype=torch.uint8)
    with torch.inference_mode():
        fine = Look(Window(0, 0, 640, 640), image, labels, network.analyse(image))
    return fine, look
