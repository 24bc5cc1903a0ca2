"""The terminal client behind `hubbub connect`: one file for each thing it knows, the waiting ones on top."""
