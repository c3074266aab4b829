"""Peers import what only the environment of `make bench` has: no doctests are looked for there."""

collect_ignore = ["peers"]
