"""What the plan would have had us build, written for the bench: FastAPI, in two forms."""
