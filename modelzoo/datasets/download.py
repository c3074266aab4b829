"""Files from the network: looked for at hand first, checked always, never half written."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelzoo.errors import FileError

FOLDER_VARIABLE = "MODELZOO_DATA"
_TIMEOUT_SECONDS = 30
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Download:
    """A file made of public ones; most often it is one of them as it stands.

    Attributes:
        dataset: Name of the dataset, and of the folder that the file lies in.
        filename: Name of the file.
        url: Where it is public.
        sha256: What its bytes must hash to, in hexadecimal.
        made: For a file that is not published so (an archive's member, a cut): what makes its bytes
            of the files at ``url`` and ``more``, in this order.
        more: Where the other files that it is made of are public.
    """

    dataset: str
    filename: str
    url: str
    sha256: str
    made: Callable[[Sequence[Path]], bytes] | None = None
    more: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """The file below any data folder."""
        return Path(self.dataset, self.filename)


def from_github(
    dataset: str, repository: str, commit: str, files: Mapping[str, str]
) -> tuple[Download, ...]:
    """Files of a GitHub repository at one commit.

    Args:
        dataset: Name of the dataset.
        repository: ``"owner/name"``.
        commit: All 40 digits of it.
        files: The sha256 of each path in the repository; the last part of the path names the file.
    """
    return tuple(
        Download(dataset, path.rsplit("/", 1)[-1], on_github(repository, commit, path), sha256)
        for path, sha256 in files.items()
    )


def on_github(repository: str, commit: str, path: str) -> str:
    """The address of a file's bytes.

    >>> on_github("karpathy/makemore", "988aa59e", "names.txt")
    'https://raw.githubusercontent.com/karpathy/makemore/988aa59e/names.txt'
    """
    return f"https://raw.githubusercontent.com/{repository}/{commit}/{path}"


def cache_folder() -> Path:
    """Where downloaded files are kept: the platform's cache folder of this user."""
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"])
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "modelzoo"


def fetch(download: Download) -> Path:
    """Finds a file, or downloads it.

    Looked at in this order: ``<dataset>/<filename>`` in the folder that the environment variable
    ``MODELZOO_DATA`` names, then in the user's cache folder, then the URL; what is downloaded goes
    to the cache folder. A download shows its progress where standard error is a terminal.

    Args:
        download: The file.

    Returns:
        The path of a file whose sha256 is right.

    Raises:
        FileError: If the file in ``MODELZOO_DATA`` or at the URL is another one, or if there is no
            network; the message says where to put the file by hand.
    """
    if os.environ.get(FOLDER_VARIABLE):
        own = Path(os.environ[FOLDER_VARIABLE]) / download.place
        if own.is_file():
            found = _sha256(own)
            if found != download.sha256:
                raise FileError(
                    f"{own} (from {FOLDER_VARIABLE}) has the sha256 {found}, expected "
                    f"{download.sha256}; replace it with the file from {download.url}"
                )
            return own
    cached = cache_folder() / download.place
    if not (cached.is_file() and _sha256(cached) == download.sha256):
        _download(download, cached)
    return cached


def fetch_each(downloads: Sequence[Download]) -> dict[str, Path]:
    """The paths of several files, by filename; see `fetch`."""
    return {download.filename: fetch(download) for download in downloads}


def _download(download: Download, target: Path) -> None:
    """Downloads beside the target, checks, then renames: the target is whole or not there."""
    import http.client
    import tempfile

    published = "" if download.made is None else ", made of what is published there,"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-") as folder:
            sources = _sources(download, Path(folder))
            part = sources[0]
            if download.made is not None:
                part = Path(folder, "made")
                part.write_bytes(_made(download, sources))
            found = _sha256(part)
            if found != download.sha256:
                raise FileError(
                    f"{download.url} now{published} has the sha256 {found}, expected "
                    f"{download.sha256}; it was not kept. If you have the right file, put it at "
                    f"{target}"
                )
            os.replace(part, target)
    except FileError:
        raise
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise FileError(
            f"cannot get {download.url} ({error}); put the file{published} at {target}, or set "
            f"{FOLDER_VARIABLE} to a folder that has {download.place}"
        ) from error


def _made(download: Download, sources: Sequence[Path]) -> bytes:
    """The file's bytes; what is published there now may be anything."""
    assert download.made is not None
    try:
        return download.made(sources)
    except Exception as error:  # each format fails with errors of its own
        raise FileError(
            f"{download.filename} cannot be made of what {download.url} holds now "
            f"({type(error).__name__}: {error}); nothing was kept"
        ) from error


def _sources(download: Download, folder: Path) -> list[Path]:
    """Copies what is published to the folder, with a progress bar for people."""
    import urllib.request

    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    urls = (download.url, *download.more)
    paths = [folder / str(number) for number in range(len(urls))]
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for number, (url, path) in enumerate(zip(urls, paths, strict=True), start=1):
            of = f" ({number} of {len(urls)})" if len(urls) > 1 else ""
            with (
                urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response,
                path.open("wb") as file,
            ):
                length = response.headers.get("Content-Length")
                bar = progress.add_task(
                    f"{download.dataset}: {download.filename}{of}",
                    total=int(length) if length else None,
                )
                while chunk := response.read(_CHUNK_BYTES):
                    file.write(chunk)
                    progress.advance(bar, len(chunk))
                progress.remove_task(bar)
    return paths


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
