"""Files that are not published as we read them: members of archives, and cuts of larger sets.

Each function makes the bytes of one file of the published files, always the same bytes, so that the
sha256 of the result can be checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

_SPEAKERS = ("jackson", "nicolas", "theo", "yweweler")
_TAKES = 18  # each speaker says each digit at least so often in every release since


def gunzipped(paths: Sequence[Path]) -> bytes:
    """A gzip file's content."""
    import gzip

    return gzip.decompress(paths[0].read_bytes())


def zip_member(name: str) -> Callable[[Sequence[Path]], bytes]:
    """Reads a file of a zip archive; ``name`` is the end of its path in there."""

    def read(paths: Sequence[Path]) -> bytes:
        import zipfile

        with zipfile.ZipFile(paths[0]) as archive:
            found = [each for each in archive.namelist() if f"/{each}".endswith(f"/{name}")]
            if len(found) != 1:
                raise ValueError(f"the archive holds {len(found)} files named {name}")
            return archive.read(found[0])

    return read


def every_second_line(read: Callable[[Sequence[Path]], bytes]) -> Callable[[Sequence[Path]], bytes]:
    """Halves a text: its first, third, fifth ... line."""

    def halved(paths: Sequence[Path]) -> bytes:
        return b"".join(read(paths).splitlines(keepends=True)[::2])

    return halved


def dialogue_turns(paths: Sequence[Path]) -> bytes:
    """Who says what, of files of the Schema-Guided Dialogue set: a line of JSON a dialogue."""
    lines = []
    for path in paths:
        for dialogue in json.loads(path.read_bytes()):
            kept = {name: dialogue[name] for name in ("dialogue_id", "services")}
            turns = [
                {name: turn[name] for name in ("speaker", "utterance")}
                for turn in dialogue["turns"]
            ]
            lines.append(json.dumps({**kept, "turns": turns}) + "\n")
    return "".join(lines).encode()


def spoken_digits(paths: Sequence[Path]) -> bytes:
    """A tar file of the recordings 0 to 17 of four speakers, of the repository's own archive."""
    import io
    import re
    import tarfile

    wanted = re.compile(rf"\d_({'|'.join(_SPEAKERS)})_(\d+)\.wav")
    sounds = {}
    with tarfile.open(paths[0]) as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            found = wanted.fullmatch(name)
            if found and int(found[2]) < _TAKES:
                file = archive.extractfile(member)
                assert file is not None
                sounds[name] = file.read()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(sounds):
            member = tarfile.TarInfo(name)
            member.size = len(sounds[name])
            archive.addfile(member, io.BytesIO(sounds[name]))
    return made.getvalue()
