"""Which Hubbub this is. Said here alone: whoever tells it reads it here, and so does the build."""

VERSION = "0.1.0"
