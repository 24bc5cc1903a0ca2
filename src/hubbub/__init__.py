"""Real-time for Python web apps: the public face of Hubbub.

Names are gathered here and defined nowhere near: this file only re-exports.
"""

__version__ = "0.1.0"
