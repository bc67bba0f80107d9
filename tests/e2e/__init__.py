"""The pages in a browser, over everything that `make run` starts."""
