"""One client of the client protocol: its state, its commands, one slice each. Knows no transport."""
