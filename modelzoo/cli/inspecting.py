"""The command `inspect`: all that a saved model says of itself; no framework is loaded."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from typing import Any

from modelzoo.bundle_files.contents import Contents, inspect_bundle
from modelzoo.bundle_files.layout import MEMBERS
from modelzoo.bundle_files.limits import check_network
from modelzoo.bundle_files.model_card import data_shape, training
from modelzoo.cli import in_one_line, printable
from modelzoo.errors import BundleError


def inspect(arguments: Namespace) -> None:
    """Prints a bundle's header, sizes and card, and whether it could be loaded here."""
    contents = inspect_bundle(arguments.model, arguments.max_memory)
    told = as_dict(contents)
    if arguments.json:
        print(json.dumps(told, indent=2))  # ASCII: what a file holds goes to no terminal as it is
        return
    rows = {
        "file": f"{contents.path}, {told['bytes']:,} bytes, format {told['format']}",
        "members": ", ".join(f"{name} {size:,}" for name, size in told["members"].items()),
        "architecture": f"{told['architecture']}, from {told['origin']} "
        f"{told['origin_version'] or ''}".rstrip(),
        "loads here": told["problem"] or "yes",
        "task": told["task"],
        "weights": f"{told['weights']['count']:,} in {told['weights']['tensors']:,} tensors",
        **told["data"],
        **told["training"],
    }
    # Names are the file's too: of its history, and of the baselines beside its scores.
    shown = [(in_one_line(name), in_one_line(value)) for name, value in rows.items()]
    width = max(len(name) for name, _ in shown)
    for name, value in shown:
        print(f"{name:<{width}}  {value}")
    print(f"\nMODEL_CARD.md\n\n{printable(contents.card)}")


def as_dict(contents: Contents) -> dict[str, Any]:
    """What there is to say of a bundle, in JSON types."""
    header = contents.header
    problem = None
    try:
        check_network(contents)
    except BundleError as error:
        problem = str(error)
    own = ("format", "task", "architecture", "origin", "origin_version", "versions", "hparams")
    return {
        "file": contents.path,
        "bytes": os.path.getsize(contents.path),
        "members": {name: contents.sizes[name] for name in MEMBERS},
        **{name: header[name] for name in own},
        "parameters": header["parameters"],
        "weights": {"count": contents.n_weights, "tensors": len(contents.tensors)},
        "tensors": {
            name: {"dtype": tensor.dtype, "shape": list(tensor.shape)}
            for name, tensor in contents.tensors.items()
        },
        "data": data_shape(header["task"], contents.adapter),
        "training": training(header),
        "history": header["history"],
        "best_epoch": header["best_epoch"],
        "scores": header["scores"],
        "sha256": header["sha256"],
        "problem": problem,
        "card": contents.card,
    }
