"""Texts of models in tests, and their equations."""

from __future__ import annotations

from pathlib import Path

from sim.model.ir import Equations
from sim.model.translate import translate

CONTROL = "INITIAL TIME = 0 ~~|\nFINAL TIME = 5 ~~|\nTIME STEP = 0.25 ~~|\nSAVEPER = 1 ~~|\n"
STARS = "*" * 56
HEADER = f"\n{STARS}\n\t.Control\n{STARS}~\n\t\tSimulation Control Parameters\n\t|\n"
RANGES = "park: A, B, C ~~|\nbig: C, B ~~|\nind: x, y ~~|\n"
NUMBERS = "a = 1 ~~|\nb = 2 ~~|\nc = 3 ~~|\nw[park] = 1, 2, 3 ~~|\ne[park, ind] = 1, 2; 3, 4; 5, 6; ~~|\n"


def read(text: str) -> Equations:
    return translate(text.replace("~~|", "~ ~ |") + CONTROL.replace("~~|", "~ ~ |"), Path("m.mdl"))
