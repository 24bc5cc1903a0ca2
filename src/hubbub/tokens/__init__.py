"""JSON Web Tokens: which are good, which keys say so, and which were good once. Knows no sockets and no requests."""
