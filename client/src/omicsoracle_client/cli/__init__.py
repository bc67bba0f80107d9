"""The command line: `omicsoracle`."""

from omicsoracle_client.cli.main import app

__all__ = ["app"]
