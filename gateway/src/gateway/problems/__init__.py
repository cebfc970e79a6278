"""What can go wrong at the gateway, each with its stable slug: one module for each part of the room.

The chassis maps them to RFC 9457; nothing is decided here.
"""
