"""What every benchmark notes beside its figures, and how tables get into documents."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import modelzoo
from modelzoo.evidence import running
from modelzoo.evidence.running import machine as machine

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
# What figures depend on; results and documents change with every run.
SOURCE = ("modelzoo", "registry.yaml", "examples", ":(glob)benchmarks/**/*.py")


def versions() -> dict[str, str]:
    """The versions of what computes; a machine with a GPU may have no TensorFlow."""
    packages = ("keras", "tensorflow", "numpy", "scikit-learn")
    return {
        "python": platform.python_version(),
        "modelzoo": modelzoo.__version__,
        **installed(packages),
    }


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The versions of those packages that are there."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit of the source, with ``+`` behind it where files differ from it."""
    try:
        head = _git("rev-parse", "--short", "HEAD").strip()
        return head + ("+" if _git("status", "--porcelain", "--", *SOURCE).strip() else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"  # no git, or no repository: a source distribution


def circumstances() -> dict[str, Any]:
    """What figures of one backend are measured on, and when."""
    return {
        "machine": machine(),
        "versions": running.versions(),
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
    }


def in_words(made: dict[str, Any]) -> str:
    """The circumstances in a line."""
    named = ", ".join(f"{name} {number}" for name, number in made["versions"].items())
    return f"{made['date']}; {made['machine']}; {named}; commit {made['commit']}"


def load_backends(path: Path) -> list[dict[str, Any]]:
    """The records of a file, one a backend."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def keep_backend(path: Path, found: dict[str, Any]) -> None:
    """Keeps a record of a backend; what it does not have of an earlier one stays."""
    records = {each["backend"]: each for each in load_backends(path)}
    records[found["backend"]] = records.get(found["backend"], {}) | found
    kept = [records[backend] for backend in sorted(records, reverse=True)]
    write_whole(path, json.dumps(kept, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Writes a file such that it is the old or the new one at any moment, never a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def between(text: str, begin: str, end: str) -> str:
    """What stands between two markers of a document, without the empty lines around it."""
    return text.split(begin)[1].split(end)[0].strip()


def put_between(path: Path, begin: str, end: str, content: str) -> None:
    """Replaces what stands between two markers of a document."""
    before, rest = path.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    write_whole(path, f"{before}{begin}\n{content}\n{end}{after}")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout
