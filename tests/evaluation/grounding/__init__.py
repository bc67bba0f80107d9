"""How well names and questions are grounded: `python -m tests.evaluation.grounding`."""
