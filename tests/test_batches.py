from collections.abc import Iterator

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelzoo.estimators import training
from modelzoo.tasks.batches import SequenceBatches, bucket, pad
from modelzoo.tasks.epochs import EpochBatches, InOneGo

LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=60)


def batches_of(lengths, **options):
    sequences = [np.full(length, row, "int32") for row, length in enumerate(lengths)]
    targets = np.arange(len(lengths))
    return SequenceBatches(sequences, targets, collate=pad, batch_size=4, **options)


@settings(deadline=None)  # a busy machine is no fault of theirs
@given(LENGTHS, st.sampled_from([None, 0, 1]))
def test_every_sequence_is_in_one_batch_of_an_epoch_with_its_own_target(lengths, seed):
    batches = batches_of(lengths, seed=seed)
    for epoch in range(2):
        batches.begin(epoch)
        parts = [batches[index] for index in range(len(batches))]
        rows = np.concatenate([targets for _, targets in parts])
        assert sorted(rows.tolist()) == list(range(len(lengths)))
        assert rows.tolist() == batches.order.tolist()
        for inputs, targets in parts:
            assert (inputs[:, 0] == targets).all()


@settings(deadline=None)  # a busy machine is no fault of theirs
@given(LENGTHS, st.sampled_from([None, 0]), st.sampled_from([1, 4]))
def test_the_first_two_batches_show_whether_lengths_vary(lengths, seed, multiple):
    batches = batches_of(lengths, seed=seed, multiple=multiple)
    widths = [batches[index][0].shape[1] for index in range(len(batches))]
    assert widths[0] == max(widths)
    assert len(widths) == 1 or widths[1] == min(widths)
    assert all(width % multiple == 0 for width in widths)


@given(st.integers(1, 10_000), st.sampled_from([1, 2, 8]))
def test_a_bucket_holds_the_length_and_wastes_little(length, multiple):
    padded = bucket(length, multiple)
    assert padded >= length
    assert padded % multiple == 0
    assert padded <= max(8, 1.25 * length) + multiple


def test_there_are_few_different_buckets():
    assert len({bucket(length) for length in range(1, 513)}) < 30


def test_on_jax_there_are_fewer_lengths_yet_none_beyond_what_the_longest_needs(monkeypatch):
    def widths(lengths):
        batches = batches_of(lengths)
        return {batches[index][0].shape[1] for index in range(len(batches))}

    monkeypatch.setattr("keras.config.backend", lambda: "jax")
    assert widths(range(1, 301)) == {8, 16, 32, 64, 128, 256, 320}
    assert widths([65] * 8) == {80}


@pytest.mark.parametrize("seed", [3, None])
def test_the_order_is_drawn_anew_each_epoch_only_with_a_seed(seed):
    batches = batches_of(range(1, 60), seed=seed)
    before = batches.order.tolist()
    batches.begin(epoch=1)
    assert (batches.order.tolist() == before) == (seed is None)


class Counting(EpochBatches):
    """Batches that tell their epoch and number."""

    updates = 3

    def batch(self, number: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        ids = np.full((4 - number, 2 + number), self.epoch * 10 + number, "int32")
        return {"ids": ids, "real": ids > 0}, ids[:, 0].astype("int64"), np.ones(len(ids))

    def peek(self, index: int) -> str:
        return f"peek {index}"

    def parts(self) -> Iterator[np.ndarray]:
        return iter(())


def numbers(batches):
    return [int(targets[0]) for _, targets, _ in batches]


def test_batches_in_one_go_are_those_of_epoch_after_epoch():
    batches = Counting(0)
    batches.begin(4)
    going = InOneGo(batches, 2)
    assert [going[0], going[1], going[7]] == ["peek 0", "peek 1", "peek 2"]
    going.on_epoch_end()  # Keras, before it starts
    asked = [going[number] for number in range(4)]
    going.on_epoch_end()  # Keras, which may have asked for some of the next already
    asked += [going[number] for number in range(4, 8)]
    # The last two are asked for in advance, and never used.
    assert numbers(asked) == [40, 41, 42, 50, 51, 52, 52, 52]


def test_the_rest_of_an_epoch_in_one_go_begins_where_it_was_cut_off():
    batches = Counting(0)
    batches.begin(4, first=1)
    going = InOneGo(batches, 1)
    going.on_epoch_end()
    assert numbers(going[number] for number in range(3)) == [41, 42, 42]
    assert batches.first == 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="others are as quick")
@pytest.mark.parametrize("limit", [None, "MOST_READY", "MOST_BYTES_READY"])
def test_held_out_batches_are_kept_ready_where_they_are_few_and_small(limit, monkeypatch):
    batches = Counting(None)
    if limit is not None:
        monkeypatch.setattr(training, limit, 1)
        assert training._kept_ready(batches) is batches
        return
    for kept, number in zip(training._kept_ready(batches), range(3), strict=True):
        keras.tree.assert_same_structure(kept, batches.batch(number))
        parts = map(keras.tree.flatten, (kept, batches.batch(number)))
        for ours, expected in zip(*parts, strict=True):
            assert ours.dtype == expected.dtype
            np.testing.assert_array_equal(ours, expected)
