"""What operators run: it stands beside the application and imports nothing of it."""
