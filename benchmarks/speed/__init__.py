"""What is timed for docs/performance.md, and how: `python benchmarks/performance.py` runs it.

A part (`training`, `generation`, ...) is a module that declares cases: a shape, and contestants
that do the same work at it. Adding one takes such a module and its line in `parts`.
"""
