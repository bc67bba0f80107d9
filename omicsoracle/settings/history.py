"""What was asked, and what is told of it: docs/history.md."""

from omicsoracle.settings.processes import *
