"""What belongs to a series besides its record, in plain Python: citations, downloads, cells of tables."""
