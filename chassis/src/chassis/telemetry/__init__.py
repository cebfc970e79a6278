"""What is seen of a running service: traces, metrics, logs. Nothing here may hold personal data."""
