"""How quickly analytics are told, on a site with ten million requests behind it."""
