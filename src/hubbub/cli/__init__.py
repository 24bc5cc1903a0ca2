"""The command `hubbub`: one file a word."""
