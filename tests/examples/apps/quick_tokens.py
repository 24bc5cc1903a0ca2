"""The example of tokens, whose tokens last six seconds: the warning comes after one."""

from __future__ import annotations

import examples.tokens as example

app = example.app

example.LIFETIME = 6
