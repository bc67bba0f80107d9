"""How quickly the staff's lists are told, on a site with a million users."""
