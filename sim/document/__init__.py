"""Documents for offices: what stands in them, and how Word and a browser are given it."""
