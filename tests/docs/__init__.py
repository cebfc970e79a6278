"""Tests that hold the documentation to the code: diagrams, numbered rules, links, commands."""
