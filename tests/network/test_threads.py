"""Small calculations: one thread each, several side by side, in the order that was asked for."""

import threading

import pytest
import torch

from retouchgpt_core.network.threads import MOST_ABREAST, abreast


def test_results_come_in_order_and_each_is_worked_out_on_one_thread() -> None:
    before = torch.get_num_threads()
    both = threading.Barrier(2, timeout=30)
    used: list[int] = []

    def work(number: int) -> int:
        if number < 2:
            both.wait()  # passes only if two are worked on at a time
        used.append(torch.get_num_threads())
        return number * number

    assert list(abreast(work, range(12), 2)) == [n * n for n in range(12)]
    assert set(used) == {1}
    assert torch.get_num_threads() == before
    assert list(abreast(work, range(2, 5), 1)) == [4, 9, 16]
    assert set(used) == {1}
    assert torch.get_num_threads() == before


def test_no_more_than_a_few_are_worked_on_at_a_time() -> None:
    threads: set[int] = set()
    list(abreast(lambda _: threads.add(threading.get_ident()), range(50), 64))
    assert len(threads) <= MOST_ABREAST


def test_a_failure_or_a_stop_leaves_the_rest_undone_and_the_threads_as_they_were() -> None:
    before = torch.get_num_threads()
    begun: list[int] = []
    wait = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number == 0:
            raise ValueError("stop")
        wait.wait(0.2)
        return number

    with pytest.raises(ValueError, match="stop"):
        list(abreast(work, range(40), 2))
    assert len(begun) < 40
    assert torch.get_num_threads() == before
    begun.clear()
    results = abreast(work, range(1, 40), 2)
    next(results)
    results.close()
    assert len(begun) < 39
    assert torch.get_num_threads() == before
