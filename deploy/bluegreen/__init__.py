"""Blue-green deployment on one machine: docs/blue-green.md. The standard library is all that it uses."""
