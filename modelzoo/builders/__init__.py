"""One module an architecture, each a function from hyper-parameters to a Backbone.

Builders are reached by name through :mod:`modelzoo.registry`, never imported directly.
"""
