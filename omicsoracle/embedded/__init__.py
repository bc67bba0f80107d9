"""Real PostgreSQL and Valkey out of wheels, as child processes on Unix sockets.

Settings know where the sockets are (`SOCKET_DIR`), so nothing has to be handed on.
"""
