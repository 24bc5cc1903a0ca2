"""The HTTP API: what a backend in any language asks of the hub, in the words that Centrifugo's libraries send."""
