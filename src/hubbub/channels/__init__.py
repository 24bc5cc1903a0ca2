"""Many listeners: namespaces, names, streams and their recovery, the broker's ports, the fan-out. No sockets, no codecs."""
