"""What runs behind the services, and in workers."""
