"""What speaks with the world outside the city, one module a technology. Each implements a port and decides nothing."""
