"""How series are ranked: plain Python, values in and values out."""
