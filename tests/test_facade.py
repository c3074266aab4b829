"""The package's front: names resolved on first use, and queries that stay light."""

from __future__ import annotations

import configparser
import subprocess
import sys

import pytest

import modelzoo
from modelzoo import models, registry

HEAVY = {"keras", "keras_nlp", "keras_hub", "tensorflow", "jax", "sklearn", "pandas", "numpy"}
HEAVY |= {"scipy", "statsmodels", "matplotlib", "rich", "tokenizers"}

QUERIES = {
    "nothing": "pass",
    "list_models": "modelzoo.list_models('*', task='forecasting', streaming=True)",
    "describe": "[repr(modelzoo.describe(n)) for n in modelzoo.list_models()]",
    "html": "[modelzoo.describe(n)._repr_html_() for n in modelzoo.list_models()]",
    "search": "modelzoo.search('long sequences small data')",
    "recommend": "repr(modelzoo.recommend('forecasting', length=300, horizon=12))",
    "dir": "dir(modelzoo), dir(modelzoo.models)",
    "error": ("try: modelzoo.describe('nothing')\nexcept modelzoo.ModelZooError: pass"),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_imports_no_framework(project, query):
    code = f"import sys, modelzoo, modelzoo.models\n{QUERIES[query]}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert not HEAVY & {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    ("task", "data"), [("forecasting", "[1.0] * 300"), ("classification", "['good', 'bad'] * 9")]
)
def test_a_recommendation_for_bare_data_imports_numpy_and_no_more(project, task, data):
    code = f"import sys, modelzoo\nmodelzoo.recommend({task!r}, data={data})\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    heavy = HEAVY & {name.partition(".")[0] for name in done.stdout.split()}
    assert heavy <= {"numpy"}


def test_the_public_names_are_listed_and_documented():
    assert set(modelzoo.__all__) <= set(dir(modelzoo))
    assert set(modelzoo._HOME) | {"__version__"} == set(modelzoo.__all__)


@pytest.mark.parametrize("name", ["list_models", "describe", "search", "recommend", "register"])
def test_a_name_is_resolved_once(name):
    assert getattr(modelzoo, name) is getattr(modelzoo, name)
    assert getattr(modelzoo, name).__doc__


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lst_models'"):
        modelzoo.lst_models  # noqa: B018
    assert not hasattr(modelzoo, "nothing_like_it")


def test_the_version_is_the_one_of_the_metadata(project):
    setup = configparser.ConfigParser()
    setup.read(project / "setup.cfg")
    assert setup["metadata"]["version"] == "attr: modelzoo.__version__"
    assert modelzoo.__version__.count(".") == 2


def test_every_registered_name_can_be_imported_from_models():
    assert set(dir(models)) == set(registry.list_models())

    def probe(*, width=8):
        return width

    registry.register(probe)
    try:
        from modelzoo.models import probe as imported

        assert imported is probe
        assert "probe" in dir(models)
    finally:
        registry.unregister("probe")
    assert not hasattr(models, "probe")


def test_importing_an_unknown_model_suggests_the_nearest():
    name = registry.list_models()[0]
    with pytest.raises(ImportError, match=f"unknown model '{name}x': did you mean '{name}'"):
        exec(f"from modelzoo.models import {name}x")
    with pytest.raises(AttributeError, match=f"did you mean '{name}'"):
        getattr(models, name + "x")


def test_parameters_and_hyper_parameters_are_told_apart_by_name():
    from modelzoo.estimators import ESTIMATORS

    for name in registry.list_models():
        hparams = registry.hyperparameters(name).keys()
        for estimator in ESTIMATORS.values():
            assert not hparams & set(estimator._get_param_names())
