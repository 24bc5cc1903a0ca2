"""Hubbub's benchmark suite: `python -m bench`, run from the repository root (see README.md beside this file).

Nothing here is imported by `hubbub`, and nothing here knows its inside: servers are measured over the wire alone.
"""
