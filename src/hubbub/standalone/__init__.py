"""The stand-alone server: a hub and its app made from settings, run as `hubbub run` does, and changed while they run."""
