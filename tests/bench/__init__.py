"""`make bench`: what the system does per second, beside what the same machine does without it. It judges, it fails nothing."""
