"""The ontologies that entities are grounded in, as files of names and parents."""
