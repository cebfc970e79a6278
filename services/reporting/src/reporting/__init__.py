"""Facts and indicators that the national portal pulls."""
