"""Many listeners: what a channel is, what it keeps, who is in it, and how one publication reaches all. Knows no sockets and no codecs."""
