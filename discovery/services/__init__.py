"""What discovery offers to its doors: loading, searching, reading questions."""
