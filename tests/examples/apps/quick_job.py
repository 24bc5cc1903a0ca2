"""The example of a job, which is quick."""

from __future__ import annotations

from examples import job

job.PAUSE = 0.005
app = job.app
