"""Small model files for the tests of what runs any model."""

from __future__ import annotations

from pathlib import Path

CONTROL = """
********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|

INITIAL TIME = {start} ~ Year ~ |
FINAL TIME = {end} ~ Year ~ |
TIME STEP = {step} ~ Year ~ |
SAVEPER = {every} ~ Year ~ |
"""

TOWN = """
park: P1, P2 ~~ Parks. |
industry: mining, metals, food ~~ Industries. |

start[park, industry] = 1, 2, 3; 4, 5, 6; ~ km2 ~ Land at the start. |
growth = 0.1 ~ 1/Year ~ Growth of land. |
limit[park] = 20, 30 ~ km2 ~ 用地上限. Land that a park may use. |

land[park, industry] = INTEG (new land[park, industry], start[park, industry])
	~ km2 ~ Land in use. |
new land[park, industry] = growth * land[park, industry] * room[park] ~ km2/Year ~ Land taken. |
room[park] = MAX(0, 1 - SUM(land[park, industry!]) / limit[park]) ~ Dmnl ~ Share that is free. |
all land = SUM(land[park!, industry!]) ~ km2 ~ All land in use. |
ratio = all land / divisor ~ km2 ~ Land by divisor. |
divisor = 1 ~ Dmnl ~ Something to divide by. |
"""

TABLE = """
level = INTEG (inflow, 1) ~ m ~ Level. |
inflow = effect(level) ~ m/Year ~ Inflow. |
effect((0, 0), (1, 1), (5, 2)) ~ m/Year ~ Effect of the level. |
late = SMOOTH(level, 2) ~ m ~ Level as it is seen. |
"""


def model_file(
    path: Path, text: str = TOWN, start: str = "2015", end: str = "2018", step: str = "0.25", every: str = "0.5"
) -> Path:
    """Write a model file."""
    control = CONTROL.format(start=start, end=end, step=step, every=every)
    path.write_text("{UTF-8}" + text + control, encoding="utf-8")
    return path
