"""A temporal convolutional network for modelzoo; its card is in registry.yaml beside this file."""
