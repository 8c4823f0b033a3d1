"""Work in the background: it begins at once, is waited for, and its errors are told."""

from threading import Event

import pytest

from retouchgpt_core.later import Later


def test_it_is_made_meanwhile_and_waited_for() -> None:
    begun, go_on = Event(), Event()

    def make() -> int:
        begun.set()
        assert go_on.wait(10)
        return 7

    later = Later(make)
    doubled = later.then(lambda n: 2 * n)
    assert begun.wait(10)
    assert not later.settled
    go_on.set()
    assert doubled.get() == 14
    assert later.settled


def test_an_error_is_raised_each_time() -> None:
    def fail() -> int:
        raise ValueError("broken")

    later = Later(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            later.get()
    with pytest.raises(ValueError, match="broken"):
        later.then(lambda n: n).get()
