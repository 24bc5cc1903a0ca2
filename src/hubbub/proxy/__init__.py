"""Hooks that ask a backend over HTTP, in the words in which Centrifugo asks one. Knows the table of hooks, and not the hub."""
