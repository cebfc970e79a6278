"""The rules of civil status (hộ tịch) as plain values and functions: no I/O, no clock, no ids of its own."""
