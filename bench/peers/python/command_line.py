"""The one thing that the stand-alone Python servers share: where to listen."""

import argparse

HOST = "127.0.0.1"


def read_port() -> int:
    """The number after `--port`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    return int(parser.parse_args().port)
