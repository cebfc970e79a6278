"""Notices going out (thông báo): what they say, and by which provider they leave. When and to whom is decided elsewhere."""
