"""The gallery: the examples, tried live in a browser beside their source."""
