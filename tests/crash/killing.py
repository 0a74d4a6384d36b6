"""Killing processes at random points, a few at a time, until as many are dead as wanted."""

import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Any

_AT_ONCE = 3


def kill_each(
    context: ForkServerContext,
    kills: int,
    seed: int,
    *,
    life: Callable[..., None],
    of: Callable[[int], tuple[Any, ...]],
    life_s: tuple[float, float],
    killed: Callable[[int, int], None] = lambda _birth, _at: None,
) -> None:
    """Let as many processes live, each for a random time, and kill them.

    Args:
        life: What a process does; its last argument shows what it is at, and its time to live begins with the first value there.
        of: The other arguments of the process that is born as the n-th.
        life_s: The shortest and the longest life.
        killed: Told of each kill: which birth it was, and what it was at.
    """
    chance = random.Random(seed)
    alive: list[tuple[float, int, BaseProcess, Synchronized[int]]] = []
    born = done = 0
    while done < kills:
        while len(alive) < _AT_ONCE and born < kills:
            at = context.Value("i", -1, lock=False)
            process = context.Process(target=life, args=(*of(born), at), daemon=True)
            process.start()
            while at.value < 0:
                assert process.is_alive(), f"a process did not begin, it ended with {process.exitcode}"
                time.sleep(0.002)
            alive.append((time.monotonic() + chance.uniform(*life_s), born, process, at))
            born += 1
        next_one = min(alive, key=lambda one: one[0])
        due, birth, process, at = next_one
        time.sleep(max(0.0, due - time.monotonic()))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"a process ended by itself with {process.exitcode}"
        alive.remove(next_one)
        done += 1
        killed(birth, at.value)
