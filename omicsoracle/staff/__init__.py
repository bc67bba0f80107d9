"""The staff's site as a whole: what leads where, what it shows first, what there is about a person."""
