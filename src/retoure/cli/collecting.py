"""The garbage collector of a process that does nothing but watch."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collecting_seldom"]

_SELDOM = (10_000, 20, 20)
"""Looks leave next to nothing behind that refers to itself: collecting after each 700 objects is work for nothing."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect garbage seldom, and never among what was made until now: it stays as long as the process does."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
