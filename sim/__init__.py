"""Stock-and-flow models of development zones under policy scenarios, and verdicts on the plan's targets."""
