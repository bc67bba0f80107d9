"""What the platform does under much load, and for long: mixed traffic that does not wait for answers."""
