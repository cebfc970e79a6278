"""The gateway's desks: each carries work to one kind of other side and its answers back, from the worker. They decide nothing.

Every desk works alike: it claims due rows with a lease, calls with no transaction open, and settles in another one. Killed
anywhere, the lease runs out and the next desk makes the same call again, which the other side takes as the same thing.
"""

LEASE_MARGIN_SECONDS = 30
"""A lease outlasts the longest call by so much: time to settle what was answered."""
