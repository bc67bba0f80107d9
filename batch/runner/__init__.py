"""Running the queries of jobs: claimed, held, ended once, whatever dies in between."""
