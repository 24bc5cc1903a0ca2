"""The servers that are measured, a folder a language. `bench/roster.py` says how each is started."""
