"""The app's own functions, called by what a client does: found by pattern, given what their annotations ask for."""
