"""A stored result run again: the same numbers, or what differs and why."""
