"""Makes the contract files from the code (`lienthong contracts`), and holds them against those of today. Knows no rule of a service."""
