"""Measurements: `make bench`. Of them only the arithmetic is part of the test suite."""
