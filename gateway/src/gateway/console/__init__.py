"""The operators' console: pages made on the server, no build step."""
