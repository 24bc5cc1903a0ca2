"""`hubbub publish`, `hubbub presence` and the others: commands of the HTTP API, called from a terminal or a script."""
