"""What is promised of quotas, measured on two web servers, on the limiter, and on ten million rows."""
