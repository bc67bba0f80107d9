"""What is promised about the cache, measured over two servers."""
