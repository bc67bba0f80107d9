"""How quickly many sockets hear of changes: `make bench-live`."""
