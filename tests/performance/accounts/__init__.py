"""What is promised of accounts, measured over HTTP on two web servers."""
