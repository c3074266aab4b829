"""The experiments, each in a module of its own: one file more is one experiment more.

A module loads nothing but Python's own library; what it trains with is imported when it measures.
"""
