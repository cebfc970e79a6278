"""What tests of every room share: identities, statement counting, events as they come off the wire."""
