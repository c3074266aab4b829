"""Series are varied while they train, and then alone."""

from __future__ import annotations

import numpy as np

from modelzoo.tasks.augmentation import SHORTEST, varied
from modelzoo.tasks.batches import SequenceBatches, pad


def batches(seed: int | None) -> SequenceBatches:
    rows = [np.ones((length, 2), "float32") for length in (3, 5, 4)]
    return SequenceBatches(
        rows, np.zeros(3, int), collate=pad, batch_size=3, seed=seed, vary=varied
    )


def test_a_channel_is_scaled_as_a_whole_and_each_step_gets_its_own_noise():
    row = np.stack([np.full(2000, 3.0), np.zeros(2000)], axis=1).astype("float32")
    (changed,) = varied([row], np.random.default_rng(0))
    assert changed.shape == row.shape and changed.dtype == np.float32
    assert 0.01 < abs(changed[:, 0].mean() - 3) < 1
    assert abs(changed[:, 1].mean()) < 0.01  # nothing is scaled to nothing, and noise has no level
    np.testing.assert_allclose(changed.std(axis=0), 0.05, rtol=0.1)
    assert (row[:, 0] == 3).all()


def test_training_sees_other_series_each_time():
    training = batches(seed=0)
    first, _ = training[0]
    training.begin(epoch=1)
    second, _ = training[0]
    assert not np.array_equal(first, second)
    assert (first[np.abs(first) > 0] != 1).all()


def test_a_seed_decides_how():
    np.testing.assert_array_equal(batches(seed=1)[0][0], batches(seed=1)[0][0])


def test_what_validates_or_is_predicted_stays_as_it_is():
    inputs, _ = batches(seed=None)[0]
    np.testing.assert_array_equal(np.unique(inputs), [0, 1])


def test_a_series_is_cut_at_its_ends_and_keeps_its_length_and_order():
    ramp = np.arange(200.0, dtype="float32")[:, None]
    random = np.random.default_rng(3)
    firsts = []
    for _ in range(50):
        (changed,) = varied([ramp], random)
        slope = np.polyfit(np.arange(200), changed[:, 0], 1)[0]
        assert changed.shape == ramp.shape and slope > 0.5
        firsts.append(changed[0, 0])
    assert np.ptp(firsts) > 5  # it does not always begin at its beginning


def test_a_short_series_is_not_cut():
    row = np.zeros((SHORTEST - 1, 1), "float32")
    row[0] = 100.0
    (changed,) = varied([row], np.random.default_rng(0))
    assert changed[0, 0] > 50 and np.abs(changed[1:]).max() < 1
