"""Which locks each migration holds, and for how long, on a database with rows in it."""
