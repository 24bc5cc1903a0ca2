"""`python -m hubbub`: the same as `hubbub`."""

from .cli.main import main

main(prog_name="hubbub")
