"""Stock-and-flow models of development zones under policy scenarios, and verdicts on the plan's targets."""

from sim.simulate.model import Model as Model
from sim.simulate.model import load_model as load_model
