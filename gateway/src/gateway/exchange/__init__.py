"""The exchange: X-Road Message Protocol for REST v1 under `/r1` (DOMAIN: services of one agency called by systems of another)."""
