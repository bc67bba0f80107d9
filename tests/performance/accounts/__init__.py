"""What the service promises about accounts, measured over HTTP against two servers.

`make bench-accounts` runs all of it, `PARTS="flood refresh"` some.
"""
