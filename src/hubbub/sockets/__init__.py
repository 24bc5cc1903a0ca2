"""One connection: the upgrade, the socket, its messages, and the bounded broadcast. Knows no channels and no servers."""
