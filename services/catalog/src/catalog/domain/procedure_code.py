"""How the code of a procedure (mã thủ tục hành chính) is written. It knows no code by name."""

PATTERN = r"^(\d\.\d{6}(\.[0-9A-Z]{2,3})*|[a-z][a-z0-9]*(-[a-z0-9]+)+)$"
"""A national code, perhaps with a local suffix, or one of this system's own such as hn2016-birth-ordinary."""
LONGEST = 60
"""Characters a code may have."""
