"""Why a target has the value that it has: its parts, its elements against their bar, and the inputs behind them."""
