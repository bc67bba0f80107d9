"""`make alerts-live`: a platform that is watched in earnest, measured and broken."""
