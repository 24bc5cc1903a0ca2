"""Listeners to the one port: metrics, traces and structured logs. Each file imports its own extra, and nothing else does."""
