"""Private PostgreSQL and RabbitMQ servers for tests and benchmarks; knows no business noun and no test."""
