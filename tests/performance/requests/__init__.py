"""How fast requests are answered: our own, a bare view's, and those of the plan's own stack."""
