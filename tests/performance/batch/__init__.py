"""What is promised about batch jobs, measured over real processes that are killed."""
