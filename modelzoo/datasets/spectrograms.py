"""Recordings as sequences of numbers: how loud each band of pitch is, step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelzoo.errors import InputError

_WINDOW_SECONDS, _STEP_SECONDS, _LOWEST_HERTZ = 0.025, 0.010, 20.0
_BATCH = 64  # recordings transformed at once; what comes out does not depend on it


def log_mel(recordings: Sequence[np.ndarray], rate: int, bands: int = 40) -> list[np.ndarray]:
    """Log-mel spectrograms, computed by `keras.layers.MelSpectrogram` on the backend in use.

    The bands lie as far apart as the ear hears them (mel scale, Stevens et al., 1937) from 20 Hz to
    half the sampling rate; windows of 25 ms (Hann), one every 10 ms, the first around the first
    sample. Behind a recording stands silence.

    Args:
        recordings: N arrays (T_i,), samples from -1 to 1, at least one each.
        rate: Samples a second, 1000 or more.
        bands: Number of bands C, 1 or more; too many for the sampling rate leave some empty.

    Returns:
        N float32 arrays (F_i, C): decibels (0 is a power of one), -100 or more; F_i is one more
        than the whole steps of 10 ms in a recording.

    Raises:
        InputError: A recording is not a row of finite numbers, or `rate` or `bands` is too small.
    """
    if rate < 1000 or bands < 1:
        raise InputError(f"rate must be 1000 or more and bands 1 or more, got {rate} and {bands}")
    sounds = [np.asarray(recording) for recording in recordings]
    for number, sound in enumerate(sounds):
        if sound.ndim != 1 or not len(sound) or not np.isfinite(sound).all():
            raise InputError(
                f"recording {number} must be finite samples (T,), at least one; got shape "
                f"{sound.shape}"
            )

    import keras  # here, because other data needs no framework

    step, window = round(_STEP_SECONDS * rate), round(_WINDOW_SECONDS * rate)
    length = 2 << window.bit_length()  # of the transform: fine enough for the lowest bands
    layer = keras.layers.MelSpectrogram(
        fft_length=length,
        sequence_length=window,
        sequence_stride=step,
        sampling_rate=rate,
        num_mel_bins=bands,
        min_freq=_LOWEST_HERTZ,
        top_db=float("inf"),  # relative to the loudest of a batch: it would mix recordings
        dtype="float32",
    )
    found: dict[int, np.ndarray] = {}
    by_length = sorted(range(len(sounds)), key=lambda i: len(sounds[i]))
    for start in range(0, len(sounds), _BATCH):
        batch = by_length[start : start + _BATCH]
        # Silence behind each, so that no window reaches the mirrored end; and few different
        # lengths, since backends compile for each.
        longest = len(sounds[batch[-1]]) + length
        padded = np.zeros((len(batch), 1 << longest.bit_length()), dtype="float32")
        for row, i in zip(padded, batch, strict=True):
            row[: len(sounds[i])] = sounds[i]
        loudness = keras.ops.convert_to_numpy(layer(padded))  # (B, C, F)
        for one, i in zip(loudness, batch, strict=True):
            found[i] = one[:, : 1 + len(sounds[i]) // step].T.copy()
    return [found[i] for i in range(len(sounds))]
