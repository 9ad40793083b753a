"""What is kept elsewhere: PostgreSQL and Redis."""
