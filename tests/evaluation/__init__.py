"""How well search finds what judges found: `make eval`."""
