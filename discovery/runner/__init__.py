"""What the workers' tasks do."""
