"""Checkpoints on the disk: one file each, written whole, checked when read, the last two kept.

A checkpoint is a safetensors file whose metadata hold the rest as JSON. Nothing in it is executed.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from modelzoo.atomic_files import held, remove_left_parts, replacing
from modelzoo.errors import CheckpointWarning, FileError, InputError, check_path
from modelzoo.estimators.digests import sha256_of

KEPT = 2  # the last one may be damaged
FILES = "epoch-*-batch-*.safetensors"


class Checkpoint(NamedTuple):
    """Where a training was, and all that its next steps depend on.

    Attributes:
        epoch: The epoch it goes on in, from 0.
        batch: The batch of that epoch.
        state: What JSON can hold.
        arrays: The numbers, by name.
    """

    epoch: int
    batch: int
    state: dict[str, Any]
    arrays: dict[str, np.ndarray]


class CheckpointFolder:
    """The checkpoints of one fit.

    Args:
        folder: Where they are; it is made where it is missing.
        minutes: How often one is written within an epoch.

    Attributes:
        latest: The newest one that was whole when the folder was last taken hold of; None where
            there was none, and before.

    Raises:
        InputError: ``minutes`` is no number from 0, or ``folder`` no path.
        FileError: The folder is none, or cannot be written to.
    """

    def __init__(self, folder: str | Path, minutes: float):
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not minutes >= 0:
            raise InputError(f"checkpoint_minutes must be a number from 0, got {minutes!r}")
        check_path("checkpoint_dir", folder, of="folder")
        self.folder = Path(folder)
        self.minutes = float(minutes)
        self.latest: Checkpoint | None = None
        self._kept: list[Path] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_left_parts(self.folder, f".{FILES.partition('*')[0]}")
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except FileExistsError as error:
            raise FileError(f"checkpoint_dir must be a folder: {folder} is a file") from error
        except (OSError, ValueError) as error:  # a path with a zero byte in it
            raise FileError(
                f"cannot keep checkpoints in {folder}: {getattr(error, 'strerror', 0) or error}"
            ) from error

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other fits away from the folder, in this process and in others.

        Only now ``latest`` is read: until then, another fit may have written a newer one.

        Raises:
            FileError: One is at work in it.
        """
        with held(self.folder, f"the folder of checkpoints {self.folder}"):
            self._read_latest()
            yield

    @classmethod
    def of(cls, folder: str | Path | None, minutes: float) -> CheckpointFolder | None:
        """The same, or None without a folder."""
        return None if folder is None else cls(folder, minutes)

    @property
    def seed(self) -> int | None:
        """The seed of the fit that the latest checkpoint is of, if there is one."""
        return None if self.latest is None else self.latest.state["seed"]

    def write(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint and removes all but the last two.

        Raises:
            FileError: It cannot be written; those before are as they were.
        """
        epoch, batch, state, arrays = checkpoint
        # A callback may have put a number of numpy's, or of the backend's, among the history's.
        text = json.dumps({"epoch": epoch, "batch": batch, **state}, default=float)
        metadata = {"state": text, "sha256": sha256_of(text, sorted(arrays.items()))}
        path = self.folder / f"epoch-{epoch:06d}-batch-{batch:08d}.safetensors"
        with replacing(path) as file:
            file.write(safetensors.numpy.save(arrays, metadata))
        self._kept = [*(each for each in self._kept if each != path), path][-KEPT:]
        for other in self.folder.glob(FILES):
            if other not in self._kept:
                other.unlink(missing_ok=True)

    def check(self, configuration: Mapping[str, Any]) -> None:
        """Checks that the latest checkpoint, if there is one, is of the same fit.

        Args:
            configuration: All that decides what is learned, by name; see `configuration_of`.

        Raises:
            InputError: It is of another; the message names what differs.
        """
        if self.latest is None:
            return
        before, now = self.latest.state["configuration"], dict(configuration)
        names = [name for name in {**now, **before} if before.get(name) != now.get(name)]
        if names:
            shown = ", ".join(_difference(name, before.get(name), now.get(name)) for name in names)
            raise InputError(
                f"the checkpoints in {self.folder} are of another fit: {shown}; fit as before to "
                "resume it, or choose another checkpoint_dir"
            )

    def _read_latest(self) -> None:
        """Sets the newest checkpoint that is whole."""
        self.latest, self._kept = None, []
        found = sorted(self.folder.glob(FILES))
        for path in reversed(found):
            try:
                self.latest = _read(path)
            except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
                warnings.warn(
                    f"{path} is damaged ({error}): training goes on from the checkpoint before "
                    "it or, without one, from the start",
                    CheckpointWarning,
                    stacklevel=7,  # where `fit` was called
                )
            else:
                self._kept = [path]
                return


def _read(path: Path) -> Checkpoint:
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    text = metadata["state"]
    if metadata["sha256"] != sha256_of(text, sorted(arrays.items())):
        raise ValueError("its checksum is another")
    state = json.loads(text)
    return Checkpoint(state.pop("epoch"), state.pop("batch"), state, arrays)


def _difference(name: str, before: Any, now: Any) -> str:
    if isinstance(before, dict) or isinstance(now, dict):  # a digest, which says nothing
        return f"other {name}"
    return f"{name} was {before!r}, is {now!r}"
