"""Killing processes at random points, a few at a time, until as many are dead as wanted."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Any

_AT_ONCE = 3


@dataclass
class _Life:
    process: BaseProcess
    at: "Synchronized[int]"
    ends: float
    least: int

    @property
    def over(self) -> bool:
        """Whether its time has come: on a slow machine it is given what it takes to get as far as it must."""
        assert self.process.is_alive(), f"a process ended by itself with {self.process.exitcode}"
        return time.monotonic() >= self.ends and self.at.value >= self.least


def kill_each(
    context: ForkServerContext,
    kills: int,
    seed: int,
    *,
    life: Callable[..., None],
    of: Callable[[int], tuple[Any, ...]],
    life_s: tuple[float, float],
    gets: int = 0,
    killed: Callable[[int], None] = lambda _at: None,
) -> None:
    """Let as many processes live, each for a random time, and kill them.

    Args:
        context: Makes the processes.
        kills: How many are killed.
        seed: What chance starts from.
        life: What a process does; its last argument shows what it is at, and its time to live begins with the first value there.
        of: The other arguments of the process that is born as the n-th.
        life_s: The shortest and the longest life.
        gets: Up to here some of them get, by that value, before they are killed, however long it takes.
        killed: Told of each kill, and what the process was at.
    """
    chance = random.Random(seed)
    alive: list[_Life] = []
    born = done = 0
    while done < kills:
        while len(alive) < _AT_ONCE and born < kills:
            at = context.Value("i", -1, lock=False)
            process = context.Process(target=life, args=(*of(born), at), daemon=True)
            process.start()
            while at.value < 0:
                assert process.is_alive(), f"a process did not begin, it ended with {process.exitcode}"
                time.sleep(0.002)
            alive.append(_Life(process, at, time.monotonic() + chance.uniform(*life_s), chance.randint(0, gets)))
            born += 1
        for one in [one for one in alive if one.over]:
            assert one.process.pid is not None
            os.kill(one.process.pid, signal.SIGKILL)
            one.process.join()
            assert one.process.exitcode == -signal.SIGKILL, f"a process ended by itself with {one.process.exitcode}"
            alive.remove(one)
            done += 1
            killed(one.at.value)
        time.sleep(0.002)
