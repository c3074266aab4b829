"""Files from the network: looked for at hand first, checked always, never half written."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from modelzoo.errors import FileError

FOLDER_VARIABLE = "MODELZOO_DATA"
_TIMEOUT_SECONDS = 30
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Download:
    """A public file.

    Attributes:
        dataset: Name of the dataset, and of the folder that the file lies in.
        filename: Name of the file.
        url: Where it is public.
        sha256: What its bytes must hash to, in hexadecimal.
    """

    dataset: str
    filename: str
    url: str
    sha256: str

    @property
    def place(self) -> Path:
        """The file below any data folder."""
        return Path(self.dataset, self.filename)


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
    to the cache folder.

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


def _download(download: Download, target: Path) -> None:
    """Downloads beside the target, checks, then renames: the target is whole or not there."""
    import http.client
    import tempfile
    import urllib.request

    part: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(download.url, timeout=_TIMEOUT_SECONDS) as response,
            tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as file,
        ):
            part = Path(file.name)
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
        found = _sha256(part)
        if found != download.sha256:
            raise FileError(
                f"{download.url} now has the sha256 {found}, expected {download.sha256}; it was "
                f"not kept. If you have the right file, put it at {target}"
            )
        os.replace(part, target)
    except FileError:
        raise
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise FileError(
            f"cannot get {download.url} ({error}); put the file at {target}, or set "
            f"{FOLDER_VARIABLE} to a folder that has {download.place}"
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
