"""Models whose results are known, run and compared."""
