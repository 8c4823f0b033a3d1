"""Torch's threads sleep while they wait, unless the user has said otherwise."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("said", "wanted"), [(None, "PASSIVE"), ("active", "active")])
def test_the_policy_is_set_before_torch_is_there_and_the_users_own_is_kept(said, wanted) -> None:
    place = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    if said is not None:
        place["OMP_WAIT_POLICY"] = said
    code = (
        "import sys, os, retouchgpt_core; assert 'torch' not in sys.modules; "
        "print(os.environ['OMP_WAIT_POLICY'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=place, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == wanted
