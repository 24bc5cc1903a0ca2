"""The client protocol's shapes and encodings. Pure: no channel, no connection."""
