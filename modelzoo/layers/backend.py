"""What layers that have a faster way on some backend ask about it."""

from __future__ import annotations

import keras


def on_jax() -> bool:
    """Whether Keras runs on JAX."""
    return keras.backend.backend() == "jax"


def on_processor() -> bool:
    """Whether what is traced now will run, compiled, on a processor."""
    if on_jax():
        import jax

        return jax.default_backend() == "cpu"
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.executing_eagerly() and not tf.config.list_physical_devices("GPU")
