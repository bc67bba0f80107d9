"""What only staff may do."""

MAY_INVALIDATE_ANY = "caching.delete_searchcache"
MAY_WARM = "caching.add_warming"
