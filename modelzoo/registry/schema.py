"""Turns the entries of a registry file into cards, and says exactly what is wrong where."""

from __future__ import annotations

import keyword
import re
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from modelzoo.errors import RegistryError
from modelzoo.registry.cards import (
    APPLICATIONS,
    SUITED,
    TASKS,
    TRAITS,
    Card,
    Claim,
    Published,
    Reference,
    Size,
    Traits,
)
from modelzoo.registry.costs import Formulas
from modelzoo.registry.disk_cache import recall, remember
from modelzoo.registry.measured import read_measured
from modelzoo.registry.read_only import ReadOnlyDict
from modelzoo.registry.validation import (
    Document,
    Place,
    choice_of,
    count_of,
    found,
    list_of,
    mapping_of,
    text_of,
)

SCHEMA = 1
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_BUILDER = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_VERSION = re.compile(r"\d+(\.\d+)*([a-z]+\d+)?")
_REQUIRED = (
    "title",
    "family",
    "builder",
    "summary",
    "traits",
    "strengths",
    "weaknesses",
    "applications",
    "sizes",
    "references",
    "since",
)
_OPTIONAL = ("tasks", "cost", "deprecated", "remove_in")
# What is assumed of a run-time registration that does not say: nothing in its favour.
_CAUTIOUS_TRAITS = {
    "causal": False,
    "streaming": False,
    "cost": "quadratic",
    "parallel": False,
    "data_appetite": "medium",
    "memory": "medium",
}
_FORMULAS = ("parameters", "flops_per_token", "activations_per_token", "state")


def read_cards(content: bytes, label: str, origin: str) -> dict[str, Card]:
    """Reads a registry file.

    Args:
        content: The YAML text, in UTF-8.
        label: The file's name for messages.
        origin: The distribution that the file belongs to.

    Returns:
        The cards by name, in the file's order.

    Raises:
        RegistryError: Something in the file does not follow the schema.
    """
    key = _key_of(content)
    remembered = recall(_file_name(label))
    if isinstance(remembered, dict) and remembered.get("key") == key:
        with suppress(RegistryError):  # a damaged file of the cache: read the real one
            return _cards_of(Document(label, remembered.get("content")), origin)
    from modelzoo.registry.yaml_reading import read_yaml  # here, since YAML costs half of a query

    document = read_yaml(content, label)
    cards = _cards_of(document, origin)
    remember(_file_name(label), {"key": key, "content": document.value})
    return cards


def _key_of(content: bytes) -> list[int]:
    """Tells contents apart by two checksums and the length."""
    return [SCHEMA, len(content), zlib.crc32(content), zlib.adler32(content)]


def _file_name(label: str) -> str:
    return f"registry-{zlib.crc32(label.encode('utf-8', 'replace')):08x}"


def _cards_of(document: Document, origin: str) -> dict[str, Card]:
    place = Place(document)
    top = mapping_of(place.document.value, place, required=("schema", "models"))
    if top["schema"] != SCHEMA or isinstance(top["schema"], bool):
        raise place.at("schema").error(
            f"this version reads schema {SCHEMA}, found {top['schema']!r}; "
            "a newer schema needs a newer modelzoo"
        )
    models = mapping_of(top["models"], place.at("models"))
    return {
        name: read_card(name, entry, place.at("models").at(name), origin)
        for name, entry in models.items()
    }


def read_card(name: str, entry: object, place: Place, origin: str) -> Card:
    """Turns one entry into a card.

    Args:
        name: The architecture's name.
        entry: What the file holds under that name.
        place: Where that stands.
        origin: The distribution that declares it.

    Returns:
        The card.

    Raises:
        RegistryError: The entry does not follow the schema.
    """
    check_name(name, place)
    given = mapping_of(entry, place, required=_REQUIRED, optional=_OPTIONAL)
    references = _references(given["references"], place.at("references"))

    def claims(key: str) -> tuple[Claim, ...]:
        return _claims(given[key], place.at(key), references, is_application=key == "applications")

    card = Card(
        name=name,
        title=text_of(given["title"], place.at("title")),
        family=text_of(given["family"], place.at("family"), _ID, "a lower-case word"),
        builder=_builder(given["builder"], place.at("builder")),
        summary=text_of(given["summary"], place.at("summary")),
        traits=_traits(given["traits"], place.at("traits")),
        strengths=claims("strengths"),
        weaknesses=claims("weaknesses"),
        applications=claims("applications"),
        tasks=_tasks(given.get("tasks"), place.at("tasks")),
        sizes=_sizes(given["sizes"], place.at("sizes"), references),
        references=references,
        formulas=_formulas(given.get("cost"), place.at("cost")),
        origin=origin,
        declared_in=place.document.label,
        **{
            key: text_of(given[key], place.at(key), _VERSION, "a version in quotes such as '0.1.0'")
            for key in ("since", "deprecated", "remove_in")
            if given.get(key) is not None
        },
    )
    if card.remove_in is not None and card.deprecated is None:
        raise place.at("remove_in").error("needs 'deprecated': the version that announced it")
    return card


def check_name(name: object, place: Place) -> None:
    """Refuses a name by which a model could not be imported from `modelzoo.models`."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise place.error(
            f"a model's name is lower-case letters, digits and underscores (it is imported by "
            f"that name), found {name!r}"
        )


def _builder(value: object, place: Place) -> str | Callable[..., Any]:
    if callable(value):
        return value
    return text_of(value, place, _BUILDER, "a path 'package.module:function'")


def _traits(value: object, place: Place) -> Traits:
    given = mapping_of(value, place, required=TRAITS)
    return Traits(
        **{
            key: choice_of(given[key], TRAITS[key], place.at(key), f"value of {key}")
            for key in given
        }
    )


def _tasks(value: object, place: Place) -> ReadOnlyDict:
    if value is None:  # any architecture does any task
        return ReadOnlyDict(dict.fromkeys(TASKS, "fair"))
    given = mapping_of(value, place, optional=TASKS)
    if not given:
        raise place.error("names no task: leave the key out to support all of them")
    return ReadOnlyDict(
        {
            task: choice_of(given[task], SUITED, place.at(task), "rating")
            for task in TASKS
            if task in given
        }
    )


def _references(value: object, place: Place) -> ReadOnlyDict:
    references = {}
    for key, entry in mapping_of(value, place).items():
        here = place.at(key)
        text_of(key, here, _ID, "an id of lower-case letters, digits and - . _")
        given = mapping_of(entry, here, required=("title", "year", "link"))
        references[key] = Reference(
            title=text_of(given["title"], here.at("title")),
            year=count_of(given["year"], here.at("year"), 1900, 2100),
            link=_link(given["link"], here.at("link")),
        )
    return ReadOnlyDict(references)


def _link(value: object, place: Place) -> str:
    link = text_of(value, place)
    # Cards are shown as HTML: a link of another scheme could run code there.
    if not link.startswith(("https://", "http://")):
        raise place.error(f"expected a link that starts with https://, found {link!r}")
    return link


def _claims(
    value: object, place: Place, references: Mapping[str, Reference], *, is_application: bool
) -> tuple[Claim, ...]:
    claims = []
    required = ["application", "claim", "evidence"] if is_application else ["claim"]
    optional = () if is_application else ("about", "evidence", "measured")
    for position, entry in enumerate(list_of(value, place)):
        here = place.at(position)
        given = mapping_of(entry, here, required=required, optional=optional)
        measured = None
        if "measured" in given:
            measured = read_measured(given["measured"], here.at("measured"))
        evidence = given.get("evidence", [])
        ids = [evidence] if isinstance(evidence, str) else list_of(evidence, here.at("evidence"))
        if not ids and measured is None:
            raise here.at("evidence").error("names nothing that backs the claim")
        for each in ids:
            choice_of(each, references, here.at("evidence"), "reference")
        application = None
        if is_application:
            at = here.at("application")
            application = choice_of(given["application"], APPLICATIONS, at, "application")
        about = given.get("about")
        if about is not None:
            about = choice_of(about, (*TRAITS, *TASKS), here.at("about"), "trait or task")
        text = text_of(given["claim"], here.at("claim"))
        claims.append(Claim(text, tuple(ids), application, about, measured))
    return tuple(claims)


def _sizes(value: object, place: Place, references: Mapping[str, Reference]) -> ReadOnlyDict:
    sizes = {}
    for name, entry in mapping_of(value, place).items():
        here = place.at(name)
        text_of(name, here, _ID, "a size's name of lower-case letters, digits and - . _")
        given = mapping_of(entry, here)
        published = given.pop("published", None)
        for key, setting in given.items():
            if not isinstance(setting, str | int | float | None):
                raise here.at(key).error(f"a hyper-parameter is a scalar, found {found(setting)}")
        sizes[name] = Size(
            ReadOnlyDict(given), _published(published, here.at("published"), references)
        )
    return ReadOnlyDict(sizes)


def _published(
    value: object, place: Place, references: Mapping[str, Reference]
) -> Published | None:
    if value is None:
        return None
    required = ("parameters", "vocabulary", "source")
    given = mapping_of(value, place, required=required, optional=("embeddings",))
    included = given.get("embeddings", True)
    return Published(
        parameters=count_of(given["parameters"], place.at("parameters")),
        vocabulary=count_of(given["vocabulary"], place.at("vocabulary"), 0),
        source=choice_of(given["source"], references, place.at("source"), "reference"),
        embeddings=choice_of(included, (True, False), place.at("embeddings"), "value"),
    )


def _formulas(value: object, place: Place) -> Formulas | None:
    if value is None:
        return None
    given = mapping_of(value, place, required=_FORMULAS, optional=("where",))
    where = mapping_of(given.pop("where", {}), place.at("where"))
    checked = {key: _formula(each, place.at(key)) for key, each in given.items()}
    names = {key: _formula(each, place.at("where").at(key)) for key, each in where.items()}
    return Formulas(**checked, where=ReadOnlyDict(names))


def _formula(value: object, place: Place) -> str | int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return text_of(value, place, expected="a formula")


def read_run_time_card(
    name: object, builder: str | Callable[..., Any], fields: Mapping[str, Any]
) -> Card:
    """Makes a card from what a run-time registration gives, with defaults for all the rest.

    Args:
        name: The architecture's name.
        builder: The function or its path.
        fields: Some of the keys of an entry in a registry file.

    Returns:
        The card.

    Raises:
        RegistryError: A field does not follow the schema.
    """
    place = Place(Document(f"register({name!r})"), ("models", str(name)), shown_from=2)
    check_name(name, place)
    module = getattr(builder, "__module__", None) or str(builder).partition(":")[0]
    documentation = (getattr(builder, "__doc__", None) or "").strip().splitlines()
    entry: dict[str, Any] = {
        "title": str(name),
        "family": "custom",
        "builder": builder,
        "summary": documentation[0] if documentation else "Registered at run time.",
        "strengths": [],
        "weaknesses": [],
        "applications": [],
        "sizes": {},
        "references": {},
        "since": "0",
        **fields,
    }
    if isinstance(entry.get("traits", {}), Mapping):
        entry["traits"] = {**_CAUTIOUS_TRAITS, **entry.get("traits", {})}
    return read_card(str(name), entry, place, f"run time ({module})")
