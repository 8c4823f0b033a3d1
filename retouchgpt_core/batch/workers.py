"""Many photos on several processes, here or on a Ray cluster."""

import importlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from retouchgpt_core.batch.recipe import Outcome, Recipe, retouch_one
from retouchgpt_core.engine import Engine
from retouchgpt_core.errors import RetouchError, UsageError

Job = tuple[Path, Path]
"""A photo, and where its result goes."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What every worker loads its engine with; `threads` of its own, all of them if None."""

    weights: Path | None = None
    lang_model: Path | None = None
    device: str = "auto"
    threads: int | None = None

    def load(self) -> Engine:
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        return Engine.load(self.weights, self.lang_model, self.device)


def retouch_here(
    jobs: Sequence[Job], recipe: Recipe, options: EngineOptions, workers: int = 1
) -> Iterator[Outcome]:
    """Yield what became of each photo, as they are done; the cores are shared among workers.

    Raises WeightsError if the weights cannot be loaded.
    """
    if workers == 1 or len(jobs) == 1:
        engine = options.load()
        for source, target in jobs:
            yield retouch_one(engine, source, target, recipe)
        return
    workers = min(workers, len(jobs))
    each = options.threads or max(1, (os.cpu_count() or 1) // workers)
    shared = EngineOptions(options.weights, options.lang_model, options.device, each)
    spawned = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, spawned, _begin, (shared, recipe))
    try:
        waiting = {pool.submit(_do, job): job for job in jobs}
        for done in as_completed(waiting):
            error = done.exception()
            if error is None:
                yield done.result()
            elif isinstance(error, RetouchError):
                raise error
            else:
                yield Outcome(waiting[done][0], None, (f"Its process ended: {error}",))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    """One process's engine, loaded with its first photo."""

    def __init__(self, options: EngineOptions, recipe: Recipe) -> None:
        self.options, self.recipe = options, recipe
        self.engine: Engine | None = None

    def do(self, job: Job) -> Outcome:
        if self.engine is None:
            self.engine = self.options.load()
        return retouch_one(self.engine, *job, self.recipe)


_mine: list[_Worker] = []


def _begin(options: EngineOptions, recipe: Recipe) -> None:
    _mine[:] = [_Worker(options, recipe)]


def _do(job: Job) -> Outcome:
    return _mine[0].do(job)


def retouch_on_ray(
    jobs: Sequence[Job], recipe: Recipe, options: EngineOptions, address: str, workers: int
) -> Iterator[Outcome]:
    """The same on a Ray cluster, whose machines see the same files and have this package.

    `address` is that of the cluster, "auto" for the one that this machine belongs to, "local" for
    one that is begun here. Raises UsageError if Ray is not installed or not reached.
    """
    try:
        ray: Any = importlib.import_module("ray")
        pools: Any = importlib.import_module("ray.util.actor_pool")
    except ImportError as error:
        raise UsageError("Ray is not installed.", "pip install 'retouchgpt[ray]'") from error
    try:
        ray.init(address=address, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"No Ray cluster answers at {address}.", "Check the address, or use --ray local."
        ) from error
    try:
        jobs = [(source.resolve(), target.resolve()) for source, target in jobs]
        actor: Any = ray.remote(num_cpus=options.threads or 1)(_Worker)
        actors = [actor.remote(options, recipe) for _ in range(min(workers, len(jobs)))]
        yield from pools.ActorPool(actors).map_unordered(_remotely, jobs)
    finally:
        ray.shutdown()


def _remotely(actor: Any, job: Job) -> Any:
    return actor.do.remote(job)


__all__ = ["EngineOptions", "Job", "retouch_here", "retouch_on_ray"]
