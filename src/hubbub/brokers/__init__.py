"""Engines behind the broker's ports, each in a file of its own that knows none of the others."""
