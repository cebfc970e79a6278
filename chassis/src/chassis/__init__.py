"""What every service stands on. It knows no business noun and no service by name."""
