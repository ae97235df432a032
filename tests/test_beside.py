"""A call in a second process: its answer, its errors, and that it goes when nobody waits for it."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest

from sim.beside import Beside, GoneError
from sim.errors import InputError, Problem


def refuse(count: int) -> None:
    raise InputError([Problem(None, "usage", {"reason": "x"})] * count)


def test_the_answer_of_a_call_with_more_than_a_pipe_holds() -> None:
    with Beside[float](["numpy", "no_such_module"]) as beside:
        beside.call(np.sum, np.ones(1_000_000))
        assert beside.answer() == 1_000_000


def test_an_error_of_ours_arrives_with_its_problems() -> None:
    with Beside[None]() as beside:
        beside.call(refuse, 3)
        with pytest.raises(InputError) as caught:
            beside.answer()
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(("function", "argument"), [(os._exit, 1), (divmod, 1), (time.sleep, "soon")])
def test_whoever_asked_hears_of_any_other_end(function: Callable[..., None], argument: object) -> None:
    with Beside[None]() as beside:
        beside.call(function, argument)
        with pytest.raises(GoneError):
            beside.answer()


@pytest.mark.parametrize("asked", [True, False])
def test_the_process_goes_when_nobody_waits_for_it(asked: bool) -> None:
    began = time.monotonic()
    with Beside[None]() as beside:
        if asked:
            beside.call(time.sleep, 60)
    assert time.monotonic() - began < 30
    assert not multiprocessing.active_children()


def test_what_cannot_be_sent_is_told_and_nobody_waits() -> None:
    with Beside[int]() as beside:
        beside.call(len, MappingProxyType({}))
        with pytest.raises(GoneError, match="mappingproxy"):
            beside.answer()
