"""Tests of the suite itself: does the load generator see what is wrong, and does the arithmetic hold?"""
