"""The registry: listing, searching, registering, and what a wrong file is told."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelzoo import registry
from modelzoo.errors import InputError, ModelZooError, RegistryError, UnknownNameError
from modelzoo.registry import Registry
from modelzoo.registry.cards import APPLICATIONS, TASKS

NAMES = registry.list_models()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def entry(project):
    """The first built-in entry, as plain data to spoil."""
    content = yaml.safe_load((project / "registry.yaml").read_text(encoding="utf-8"))
    return content["models"][NAMES[0]]


def read(tmp_path, content) -> Registry:
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    path = tmp_path / "registry.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Registry(path, plugins=False)


def refusal(tmp_path, content) -> str:
    with pytest.raises(RegistryError) as caught:
        read(tmp_path, content).list_models()
    assert "registry.yaml" in str(caught.value)
    return str(caught.value)


# Listing and searching


def test_listing_is_sorted_and_takes_patterns():
    assert sorted(NAMES) == NAMES
    first = NAMES[0]
    assert registry.list_models(first) == [first]
    assert registry.list_models(first[0] + "*")[0] == first
    assert registry.list_models("nothing*") == []
    assert first not in registry.list_models(exclude=first)
    assert registry.list_models(exclude=[each[:2] + "*" for each in NAMES]) == []


def test_each_filter_keeps_exactly_the_cards_that_meet_it():
    cards = [registry.describe(name) for name in NAMES]
    for task in TASKS:
        assert registry.list_models(task=task) == [c.name for c in cards if task in c.tasks]
    for family in {card.family for card in cards}:
        expected = [card.name for card in cards if card.family == family]
        assert registry.list_models(family=family) == expected
    for flag in (True, False):
        expected = [card.name for card in cards if card.traits.causal is flag]
        assert registry.list_models(causal=flag) == expected
        expected = [card.name for card in cards if card.traits.streaming is flag]
        assert registry.list_models(streaming=flag) == expected
    for application in APPLICATIONS:
        expected = [
            card.name
            for card in cards
            if application in {claim.application for claim in card.applications}
        ]
        assert registry.list_models(application=application) == expected


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ({"task": "forcasting"}, "forecasting"),
        ({"family": "recurent"}, "recurrent"),
        ({"application": "chatbot"}, "chatbots"),
    ],
)
def test_an_unknown_filter_value_is_told_with_the_nearest(wrong, nearest):
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        registry.list_models(**wrong)


def test_a_filter_that_is_no_truth_value_is_refused():
    with pytest.raises(InputError, match="causal must be True, False or None"):
        registry.list_models(causal="yes")


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_is_told_with_the_nearest(name):
    with pytest.raises(UnknownNameError, match=f"did you mean '{name}'"):
        registry.describe(name + "x")
    with pytest.raises(KeyError):
        registry.get_builder(name + "x")


@pytest.mark.parametrize("wrong", [None, 3, ["a"], ""])
def test_a_name_that_is_no_text_is_unknown(wrong):
    with pytest.raises(UnknownNameError):
        registry.describe(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_searching_for_a_name_or_title_finds_it_first(name):
    assert registry.search(name)[0] == name
    assert registry.search(registry.describe(name).title)[0] == name


def test_search_ranks_by_meaningful_words():
    found = registry.search("long sequences small data")
    best = [registry.describe(name) for name in found[:2]]
    assert all(card.traits.data_appetite == "low" for card in best)
    assert all(card.traits.memory != "short" for card in best)
    assert registry.search("generate text")[0] in registry.list_models(causal=True)
    assert not registry.describe(registry.search("reads in both directions")[0]).traits.causal
    assert registry.search("the of and") == []
    assert registry.search("zzzzqqqq") == []
    assert registry.search("") == []


def test_search_reads_all_text_of_the_cards():
    for name in NAMES:
        card = registry.describe(name)
        for claim in (*card.strengths, *card.weaknesses, *card.applications):
            assert name in registry.search(claim.text)


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text):
    assert set(registry.search(text)) <= set(NAMES)


# Builders and hyper-parameters


def test_hyperparameters_and_sizes_are_read_without_importing():
    code = (
        "import sys; from modelzoo import registry\n"
        "for name in registry.list_models():\n"
        "    registry.check(name); registry.resolve(name, 'tiny'); repr(registry.describe(name))\n"
        "print(sorted(m for m in sys.modules if m.startswith(('keras', 'modelzoo.builders'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", NAMES)
def test_resolve_puts_arguments_over_the_size(name):
    size = registry.describe(name).sizes["tiny"].hyperparameters
    assert registry.resolve(name) == {}
    assert registry.resolve(name, "tiny") == dict(size)
    assert registry.resolve(name, "tiny", {"width": 5}) == {**size, "width": 5}
    with pytest.raises(UnknownNameError, match="did you mean 'tiny'"):
        registry.resolve(name, "tinny")
    with pytest.raises(UnknownNameError, match="did you mean 'depth'"):
        registry.resolve(name, None, {"dept": 1})


def test_a_deprecated_builder_says_so(tmp_path, entry):
    spoiled = {**entry, "builder": "textwrap:dedent", "deprecated": "0.2.0", "remove_in": "0.4.0"}
    own = read(tmp_path, {"schema": 1, "models": {"old": spoiled}})
    with pytest.warns(DeprecationWarning, match=r"deprecated since 0\.2\.0 and goes in 0\.4\.0"):
        assert own.get_builder("old") is textwrap.dedent


def test_nothing_built_in_is_overdue_for_removal():
    from modelzoo import __version__

    def parts(version):
        return [int(part) for part in version.split(".")]

    for name in NAMES:
        card = registry.describe(name)
        assert card.remove_in is None or parts(card.remove_in) > parts(__version__)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere_at_all:build", "there is no module named 'nowhere_at_all': is the distrib"),
        ("modelzo.builders.gru:gru", "no module named 'modelzo': did you mean 'modelzoo'"),
        ("textwrap.inner:dedent", "no module named 'textwrap.inner': there is none to choose"),
        ("this_fails_on_import:build", "cannot be imported: ZeroDivisionError"),
        ("textwrap:dedant", "did you mean 'dedent'"),
        ("string:digits", "is a str, not a function"),
    ],
)
def test_a_builder_that_cannot_be_had_names_the_model_and_its_origin(
    tmp_path, monkeypatch, entry, path, message
):
    (tmp_path / "this_fails_on_import.py").write_text("1 / 0", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    own = read(tmp_path, {"schema": 1, "models": {"mine": {**entry, "builder": path}}})
    with pytest.raises(RegistryError, match=f"model 'mine'.*declared by modelzoo.*{message}"):
        own.get_builder("mine")


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("modelzoo.builders.simple_rn:simple_rnn", "modelzoo.builders.simple_rnn"),
        ("modelzoo.bilders.simple_rnn:simple_rnn", "modelzoo.builders"),
        ("modelzoo.builders.simple_rnn:simple_rn", "simple_rnn"),
    ],
)
@pytest.mark.parametrize(
    "ask", ["get_builder", "hyperparameters", "resolve", "check", "describe.cost"]
)
def test_a_wrong_builder_path_is_told_with_file_entry_key_and_the_nearest(
    tmp_path, entry, path, nearest, ask
):
    own = read(tmp_path, {"schema": 1, "models": {"mine": {**entry, "builder": path}}})
    with pytest.raises(RegistryError) as caught:
        own.describe("mine").cost() if ask == "describe.cost" else getattr(own, ask)("mine")
    message = str(caught.value)
    place = f"{tmp_path / 'registry.yaml'}: model 'mine' (declared by modelzoo), key 'builder'"
    assert message.startswith(f"{place}: builder {path!r}: ")
    assert message.endswith(f"did you mean {nearest!r}?")


def test_the_nearest_module_is_found_without_importing_any(project):
    program = (
        "import sys; from modelzoo.errors import RegistryError\n"
        "from modelzoo.registry.signatures import read_signature\n"
        "try: read_signature('modelzoo.builders.simple_rn:simple_rnn')\n"
        "except RegistryError as error: print(error)\n"
        "print([m for m in sys.modules if m.startswith(('keras', 'modelzoo.builders'))])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    first, second = run.stdout.splitlines()
    assert "did you mean 'modelzoo.builders.simple_rnn'?" in first and second == "[]"


# Registering at run time


@pytest.fixture
def own(project):
    return Registry(project / "registry.yaml", plugins=False)


def mixer(*, width=16, depth=2):
    """Mixes by averaging.

    Nothing more.
    """
    return width, depth


def test_registering_works_as_decorator_with_and_without_arguments_and_as_call(own):
    assert own.register(mixer) is mixer
    assert own.register("second", summary="Another.")(mixer) is mixer
    assert own.register("third", mixer, sizes={"tiny": {"width": 4}}) is mixer
    assert own.register("fourth", "textwrap:dedent") == "textwrap:dedent"
    assert {"mixer", "second", "third", "fourth"} < set(own.list_models())
    assert own.describe("mixer").summary == "Mixes by averaging."
    assert own.describe("second").summary == "Another."
    assert own.get_builder("third") is mixer
    assert own.resolve("third", "tiny", {"depth": 1}) == {"width": 4, "depth": 1}
    assert own.hyperparameters("mixer") == {"width": 16, "depth": 2}
    assert own.origin("mixer") == f"run time ({__name__})"
    assert own.list_models(task="generation", family="custom") == [
        "fourth",
        "mixer",
        "second",
        "third",
    ]


def test_a_name_is_taken_once_unless_replacing_is_asked_for(own):
    name = NAMES[0]
    before = own.describe(name)
    with pytest.raises(RegistryError, match="declared twice: by modelzoo and by run time"):
        own.register(name, mixer)
    own.register(name, mixer, replace=True)
    assert own.get_builder(name) is mixer
    own.unregister(name)
    assert own.describe(name) == before
    with pytest.raises(RegistryError, match="not registered at run time"):
        own.unregister(name)
    with pytest.raises(UnknownNameError):
        own.unregister("never_there")


@pytest.mark.parametrize("name", ["Upper", "with-dash", "class", "1st", "", "a b", None, 3])
def test_a_name_that_cannot_be_imported_is_refused(own, name):
    with pytest.raises(RegistryError, match="a model's name is"):
        own.register(name, "textwrap:dedent")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sumary": "x"}, "did you mean 'summary'"),
        ({"traits": {"casual": True}}, "did you mean 'causal'"),
        ({"traits": {"cost": "cubic"}}, "unknown value of cost 'cubic'"),
        ({"traits": "fast"}, "expected a mapping"),
        ({"tasks": {"translation": "good"}}, "unknown key 'translation'"),
        ({"sizes": {"tiny": 3}}, "expected a mapping"),
        ({"sizes": {"tiny": {"width": [1]}}}, "a hyper-parameter is a scalar"),
        ({"strengths": [{"claim": "Good.", "evidence": "me2020"}]}, "unknown reference 'me2020'"),
    ],
)
def test_a_wrong_field_of_a_registration_is_told(own, fields, message):
    with pytest.raises(RegistryError, match=message) as caught:
        own.register("mine", mixer, **fields)
    assert "register('mine')" in str(caught.value)


def test_a_builder_without_defaults_is_told_when_it_is_asked(own):
    own.register("needy", lambda width: width)
    with pytest.raises(RegistryError, match=r"model 'needy'.*'width' has no default"):
        own.hyperparameters("needy")


def test_a_builder_that_takes_anything_takes_any_hyperparameter(own):
    own.register("open_minded", lambda **settings: settings)
    assert own.resolve("open_minded", None, {"anything": 1}) == {"anything": 1}


def test_many_threads_may_ask_and_register_at_once(project):
    own = Registry(project / "registry.yaml", plugins=False)
    failures = []

    def work(number):
        try:
            for _ in range(20):
                own.register(f"thread_{number}", mixer)
                assert set(NAMES) < set(own.list_models())
                own.unregister(f"thread_{number}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert own.list_models() == NAMES


# Wrong files


def test_the_same_file_is_read_alike_from_the_cache(project, tmp_path):
    path = project / "registry.yaml"
    first, second = Registry(path, plugins=False), Registry(path, plugins=False)
    for name in first.list_models():
        assert first.describe(name) == second.describe(name)
    for damaged in (b"", b"{}", b"[1", b'{"key": 1}', b"\xff"):
        for file in (tmp_path / "cache" / "modelzoo").iterdir():
            file.write_bytes(damaged)
        assert Registry(path, plugins=False).list_models() == NAMES


def test_a_damaged_content_in_the_cache_is_read_anew(project, tmp_path):
    import json

    path = project / "registry.yaml"
    assert Registry(path, plugins=False).list_models() == NAMES
    for file in (tmp_path / "cache" / "modelzoo").glob("registry-*"):
        remembered = json.loads(file.read_text())
        remembered["content"] = {"schema": 1}
        file.write_text(json.dumps(remembered))
    assert Registry(path, plugins=False).list_models() == NAMES


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(RegistryError, match="there is no registry file"):
        Registry(tmp_path / "none.yaml").list_models()


def spoil(entry, path, value):
    """Returns the file with one value replaced, or with one key removed where it is None."""
    target = entry
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return {"schema": 1, "models": {"mine": entry}}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["sumary"], "x", "mine.sumary: unknown key 'sumary': did you mean 'summary'"),
        (["title"], None, "mine: the key 'title' is missing"),
        (["title"], 3, "mine.title: expected text, found 3 (a whole number): put it in quotes"),
        (["title"], "", "mine.title: expected text, found ''"),
        (["family"], "Two Words", "mine.family: expected a lower-case word"),
        (["builder"], "modelzoo.builders.gru", "'package.module:function', found"),
        (["builder"], "os:system('x')", "'package.module:function', found"),
        (["traits", "causal"], "no", "mine.traits.causal: expected true or false, found 'no'"),
        (["traits", "causal"], 1, "mine.traits.causal: expected true or false, found 1"),
        (["traits", "casual"], True, "mine.traits.casual: unknown key 'casual': did you mean"),
        (["traits", "cost"], "quadratc", "did you mean 'quadratic'"),
        (["traits", "memory"], None, "mine.traits: the key 'memory' is missing"),
        (["tasks", "generation"], "fine", "mine.tasks.generation: unknown rating 'fine'"),
        (["tasks"], {}, "mine.tasks: names no task"),
        (["strengths"], "good", "mine.strengths: expected a list, found 'good' (text)"),
        (["strengths", 1], "good", "mine.strengths.1: expected a mapping"),
        (["strengths", 0, "evidence"], "smith", "evidence: unknown reference 'smith'"),
        (["strengths", -1, "evidence"], [], "names nothing that backs the claim"),
        (["strengths", 0, "about"], "speed", "about: unknown trait or task 'speed'"),
        (["applications", 0, "application"], "chatbot", "did you mean 'chatbots'"),
        (["sizes"], [], "mine.sizes: expected a mapping, found a list"),
        (
            ["sizes", "tiny", "published"],
            {"parameters": 1, "vocabulary": 2, "embeddings": "no", "source": "devlin2019"},
            "mine.sizes.tiny.published.embeddings: expected true or false, found 'no'",
        ),
        (["sizes", "Tiny"], {}, "mine.sizes.Tiny: expected a size's name"),
        (["cost", "parameters"], None, "mine.cost: the key 'parameters' is missing"),
        (["cost", "parameters"], True, "mine.cost.parameters: expected a formula, found True"),
        (["since"], 3.1, "mine.since: expected a version in quotes"),
        (["remove_in"], "0.9.0", "mine.remove_in: needs 'deprecated'"),
        (["references", "smith"], {"title": "T", "year": 12, "link": "https://x"}, "1900"),
        (["references", "smith"], {"title": "T", "year": "12", "link": "https://x"}, "'12' (text)"),
        (
            ["references", "smith"],
            {"title": "T", "year": 2000, "link": "javascript:alert(1)"},
            "starts with https://",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_place(tmp_path, entry, path, value, expected):
    message = refusal(tmp_path, spoil(entry, path, value))
    assert expected in message
    assert ", line " in message


HEAD = "schema: 1\nmodels:\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected a mapping, found None (nothing)"),
        ("just text", "expected a mapping"),
        ("schema: 2\nmodels: {}", "reads schema 1, found 2"),
        ("schema: true\nmodels: {}", "reads schema 1, found True"),
        ("models: {}", "the key 'schema' is missing"),
        ("schema: 1\nmodls: {}", "did you mean 'models'"),
        ("schema: 1\nmodels: []", "line 2: models: expected a mapping"),
        (HEAD + "  a: {title: x}\n  a: {title: y}", "line 4: models: duplicate key 'a', first on"),
        (HEAD + "  a:\n    title: x\n    title: y", "line 5: models.a: duplicate key 'title'"),
        (HEAD + "  a: &x {title: 1}\n  b: *x", "aliases and anchors ('x') are not allowed"),
        (HEAD + "  true: {}", "a key of models must be text, found True"),
        (HEAD + "  12: {}", "a key of models must be text, found 12"),
        (HEAD + "  ? [a]\n  : b", "a key must be text"),
        (HEAD + "  Gru: {}", "a model's name is"),
        (HEAD + "  a: !!python/object:os.system {}", "the tag"),
        (HEAD + "  a: {title: !!binary eA==}", "the tag !!binary is not allowed"),
        (HEAD + "  a: {<<: {b: c}}", "unknown key '<<'"),
        (HEAD + "  a: {", "not valid YAML"),
        (HEAD + "\ta: 1", "not valid YAML"),
        (HEAD + "  a: {}\n---\nb: 1", "a second document starts"),
        ("[" * 50_000, "nested more than"),
        ("- " * 50_000 + "x", "nested more than"),
        ("x" * 1_000_001, "at most 1,000,000 are read"),
        ("a: \0", "not valid YAML"),
    ],
)
def test_yaml_that_would_surprise_is_refused(tmp_path, text, expected):
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize("loader", ["C", "Python"])
def test_both_parsers_refuse_an_alias_bomb_at_once(tmp_path, monkeypatch, loader):
    from modelzoo.registry import yaml_reading

    if loader == "Python":
        monkeypatch.setattr(yaml_reading, "_Parser", yaml.SafeLoader)
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcd", "bcde", strict=True)
    )
    assert "aliases and anchors" in refusal(tmp_path, bomb)


def test_a_file_that_is_not_utf8_is_told(tmp_path):
    (tmp_path / "registry.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(RegistryError, match="not UTF-8"):
        Registry(tmp_path / "registry.yaml", plugins=False).list_models()


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("010", "010"),
        ("0x10", "0x10"),
        ("1_000", 1000),
        ("-7", -7),
        ("1e3", 1000.0),
        ("2.50", 2.5),
        ("true", True),
        ("~", None),
        ("'true'", "true"),
        ("=", "="),
    ],
)
def test_scalars_are_what_they_look_like(scalar, value):
    from modelzoo.registry.yaml_reading import read_yaml

    found = read_yaml(f"key: {scalar}".encode(), "file").value["key"]
    assert found == value and type(found) is type(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_an_error_of_ours(tmp_path, content):
    (tmp_path / "registry.yaml").write_bytes(content)
    with pytest.raises(ModelZooError):
        Registry(tmp_path / "registry.yaml", plugins=False).list_models()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["sizes", "tiny", "widht"], 3, "mine.sizes.tiny.widht: unknown hyper-parameter"),
        (["sizes", "tiny", "width"], "wide", "mine.sizes.tiny.width: expected int"),
        (["cost", "state"], "dept * 2", "mine.cost.state: unknown name 'dept'"),
        (["cost", "state"], "depth / 0", "mine.cost: at size None"),
        (["builder"], "modelzoo.builders.nowhere:gru", "there is no module named"),
        (["builder"], "modelzoo.registry:nothing", "has no 'nothing'"),
    ],
)
def test_checking_a_card_against_its_builder_names_the_place(
    tmp_path, entry, path, value, expected
):
    own = read(tmp_path, spoil(entry, path, value))
    with pytest.raises(RegistryError) as caught:
        own.check("mine")
    assert expected in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_an_unknown_hyperparameter_of_a_size_is_told_on_use(tmp_path, entry):
    own = read(tmp_path, spoil(entry, ["sizes", "tiny", "widht"], 3))
    with pytest.raises(RegistryError, match=r"mine\.sizes\.tiny\.widht.*did you mean 'width'"):
        own.resolve("mine", "tiny")


def test_both_parsers_read_the_same(project, monkeypatch):
    from modelzoo.registry import yaml_reading

    content = (project / "registry.yaml").read_bytes()
    first = yaml_reading.read_yaml(content, "file")
    monkeypatch.setattr(yaml_reading, "_Parser", yaml.SafeLoader)
    assert yaml_reading.read_yaml(content, "file") == first


def test_every_builder_module_is_in_the_registry(project):
    modules = {path.stem for path in (project / "modelzoo" / "builders").glob("[!_]*.py")}
    places = [registry.describe(name).builder for name in registry.list_models()]
    declared = {place.partition(":")[0].rpartition(".")[2] for place in places}
    assert modules <= declared


@pytest.mark.parametrize(
    "query",
    [
        lambda: registry.list_models(5),
        lambda: registry.list_models(exclude=5),
        lambda: registry.list_models(exclude=["*", 5]),
        lambda: registry.search(5),
    ],
)
def test_a_query_that_is_no_text_is_told(query):
    with pytest.raises(InputError, match="5"):
        query()
