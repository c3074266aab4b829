"""Task adapters: all that is particular to a problem, fitted around any backbone.

A task learns from the training data what it needs (vocabulary, scale, classes), turns raw data
into arrays, puts a stem and a head around a backbone, and turns outputs into answers.
"""
