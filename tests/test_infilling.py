"""Masks inside texts, filled by architectures that see both sides."""

from __future__ import annotations

import numpy as np
import pytest

from modelzoo import registry
from modelzoo.errors import InputError
from modelzoo.estimators import Generator

SONG = "abcdefgh" * 60
SCALE = [60, 62, 64, 65] * 60


@pytest.fixture(scope="module", params=registry.list_models(causal=False))
def fitted(request):
    options = {"context": 24, "epochs": 10, "learning_rate": 1e-2, "random_state": 0, "verbose": 0}
    return Generator(request.param, size="tiny", **options).fit(SONG)


def test_masks_become_what_fits_between(fitted):
    filled = fitted.infill("abc[MASK]efg[MASK]abcdef", temperature=0)
    assert len(filled) == len("abcdefghabcdef")
    right = sum(a == b for a, b in zip(filled, SONG, strict=False))
    assert right >= len(filled) - 1


def test_the_rest_of_the_text_stays_exactly_as_it_is(fitted):
    texts = ["[MASK] Ünknown [MASK]", "ab[MASK]", "[MASK][MASK]"]
    filled = fitted.infill(texts, seed=1, tokens_per_mask=2)
    assert filled[0][2:-2] == " Ünknown " and filled[1][:2] == "ab"
    assert [len(text) for text in filled] == [13, 4, 4]
    assert "[MASK]" not in "".join(filled) and "\ufffd" not in "".join(filled)
    assert fitted.infill(texts, seed=1, tokens_per_mask=2) == filled


def test_the_mask_may_be_spelled_otherwise(fitted):
    assert fitted.infill("ab_d", mask="_", temperature=0).startswith("ab")
    with pytest.raises(InputError, match="mask must be a string"):
        fitted.infill("ab_d", mask="")


def test_what_cannot_be_filled_is_refused(fitted):
    with pytest.raises(InputError, match=r"row 1 has no mask '\[MASK\]'"):
        fitted.infill(["a[MASK]", "ab"])
    with pytest.raises(InputError, match=r"row 0 has 31 tokens .* sees 23 at once"):
        fitted.infill("a" * 30 + "[MASK]")
    with pytest.raises(InputError, match="tokens_per_mask"):
        fitted.infill("[MASK]", tokens_per_mask=0)
    with pytest.raises(InputError, match="top_p"):
        fitted.infill("[MASK]", top_p=2)


@pytest.mark.slow
def test_words_keep_their_spacing():
    name = registry.list_models(causal=False)[0]
    model = Generator(name, size="tiny", tokenizer="word", context=16, epochs=1, verbose=0)
    text = model.fit(["the cat sat on the mat"] * 8).infill("The  [MASK]  sat.", tokens_per_mask=2)
    assert text.startswith("The  ") and text.endswith("  sat.")
    assert len(text[5:-6].split(" ")) == 2


@pytest.mark.slow
def test_ids_are_filled_in_lists_of_ids():
    name = registry.list_models(causal=False)[0]
    model = Generator(name, size="tiny", context=16, epochs=1, verbose=0).fit([SCALE])
    filled = model.infill([60, -1, 64], mask=-1, seed=0)
    assert filled[::2] == [60, 64] and filled[1] in SCALE and len(filled) == 3
    several = model.infill([[60, "[MASK]"], ["[MASK]"]], seed=0)
    assert [len(each) for each in several] == [2, 1] and several[0][0] == 60
    ours = model.infill(np.array([60, -1, 64]), mask=-1, seed=0)
    assert ours == filled and all(type(each) is int for each in ours)
    assert model.infill([60, "[MASK]", 64], seed=0) == filled
    assert model.infill([np.array([60, -1, 64])], mask=-1, seed=0) == [filled]
    for nothing in ([], None, "60"):
        with pytest.raises(InputError, match="list of token ids"):
            model.infill(nothing)


def test_a_model_of_pairs_does_not_infill():
    name = registry.list_models(causal=False)[0]
    model = Generator(name, size="tiny", epochs=1, verbose=0).fit(["a", "b"], ["x", "y"])
    with pytest.raises(InputError, match="fit on texts"):
        model.infill("a[MASK]")


def test_a_causal_architecture_names_one_that_can():
    model = Generator(registry.list_models(causal=True)[0], size="tiny", epochs=1, verbose=0)
    able = registry.list_models(causal=False)[0]
    with pytest.raises(InputError, match=rf"cannot infill.*{able}"):
        model.fit(["abc " * 9]).infill("a[MASK]")
