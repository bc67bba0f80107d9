"""What runs behind the services: in workers, and where data has to be made anew."""
