"""The version of this code base, said once."""

VERSION = "2.1.0"
