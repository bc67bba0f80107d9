"""`make run`: starts everything, shows one answer, stays up, stops everything."""
