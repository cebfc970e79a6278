"""The rules of the gateway, pure: no I/O, no clock and no random bytes of their own; all three are passed in."""
