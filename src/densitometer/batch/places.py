"""Where photographs lie: paths of this machine, and addresses that fsspec knows (``s3://...``, ``sftp://...``).

An address may hold a user, a password or a signature; nothing here lets one into a name, a reason or a message.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from densitometer.errors import DensitometerError, PhotoError
from densitometer.photo import photo_bytes

Place = Path | str
"""A path, or an address as text."""

_WEB = ("http", "https")


def is_address(place: Place) -> TypeGuard[str]:
    """Tell whether a place is an address for fsspec rather than a path."""
    return isinstance(place, str) and "://" in place


def bytes_at(place: Place) -> bytes:
    """Return the content of a file.

    Raises
    ------
    PhotoError
        With one sentence, free of the place, when it cannot be read.
    """
    if not is_address(place):
        return photo_bytes(Path(place))
    try:
        files, path = _opened(place)
        return bytes(files.cat_file(path))
    except DensitometerError as error:
        raise PhotoError(str(error)) from error
    except FileNotFoundError as error:
        raise PhotoError("there is no such file; check its name") from error
    except PermissionError as error:
        raise PhotoError("the file may not be read; ask for permission to read it") from error
    except IsADirectoryError as error:
        raise PhotoError("this is a folder, not a photograph; name the photographs in it") from error
    except Exception as error:  # libraries for storage raise what they like
        raise PhotoError(f"the file cannot be read ({_kind(error)}); check the connection to the storage") from error


def sha256_at(place: Place) -> str | None:
    """Hash of a file's bytes; None when it cannot be read."""
    try:
        if is_address(place):
            files, path = _opened(place)
            with files.open(path, "rb") as file:
                return _sha256(file)
        where = Path(place)
        if not where.is_file():
            return None
        with where.open("rb") as file:
            return _sha256(file)
    except Exception:  # libraries for storage raise what they like
        return None


def shown_place(place: Place) -> str:
    """Write a place for people: an address without user, password and query."""
    return "::".join(_without_secrets(part) for part in place.split("::")) if is_address(place) else str(place)


def name_parts(address: str) -> tuple[str, ...]:
    """Host or bucket, folders and file name of an address; without whatever is secret in it."""
    shown = _main_part(shown_place(address))
    return tuple(part for part in shown.split("://", 1)[-1].split("/") if part not in {"", ".", ".."})


def is_folder(address: str) -> bool:
    """Tell whether an address leads to a folder, or to a place with files below it.

    Raises
    ------
    DensitometerError
        When the storage cannot be reached.
    """
    return bool(_asked(address, "isdir"))


def exists(address: str) -> bool:
    """Tell whether there is anything at an address; raises as `is_folder`."""
    return bool(_asked(address, "exists"))


def files_below(address: str) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield every file below a folder, by its path within and its own address; raises as `is_folder`."""
    _, root = _opened(address)
    for path in _asked(address, "find"):
        within = path.removeprefix(root.rstrip("/")).lstrip("/")
        if within:
            yield PurePosixPath(within), _joined(address, within)


def _asked(address: str, what: str) -> Any:
    """Ask a storage; errors become one sentence that tells nothing secret."""
    files, path = _opened(address)
    try:
        return getattr(files, what)(path)
    except FileNotFoundError:
        return ()
    except Exception as error:  # libraries for storage raise what they like
        told = f"{shown_place(address)} cannot be listed ({_kind(error)})"
        raise DensitometerError(f"{told}; check the address, your access to it, and the connection") from error


def _opened(address: str) -> tuple[Any, str]:
    """File system and path within it."""
    protocol = address.split("://", 1)[0].rpartition("::")[2]
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        hint = "run: pip install densitometer[cluster]"
        raise DensitometerError(f"addresses such as {protocol}://... need a further library; {hint}") from error
    try:
        files, path = url_to_fs(address)
    except ImportError as error:
        hint = " ".join(str(error).split())  # fsspec names the library
        raise DensitometerError(f"{protocol}:// needs a further library for fsspec: {hint}") from error
    except ValueError as error:
        raise DensitometerError(f"{protocol}:// is no kind of address that fsspec knows; check it") from error
    except Exception as error:
        told = f"{shown_place(address)} cannot be reached ({_kind(error)})"
        raise DensitometerError(f"{told}; check the address, your access to it, and the connection") from error
    return files, str(path)


def _kind(error: BaseException) -> str:
    """What kind of error it is; its text may hold the address with all that is secret."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__


def _main_part(address: str) -> str:
    """Of addresses within addresses (``zip://a.jpg::s3://...``) the one that names the file."""
    return next(part for part in address.split("::") if "://" in part)


def _joined(address: str, within: str) -> str:
    """Address of a file below a folder."""
    main = _main_part(address)
    base, query = main, ""
    if urlsplit(main).scheme in _WEB:
        base, mark, rest = main.partition("?")
        query = mark + rest
    below = base + within if base.endswith("/") else f"{base}/{within}"
    return address.replace(main, below + query, 1)


def _without_secrets(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2]
    if scheme in _WEB:
        path = path.partition("#")[0]
    return f"{scheme}://{(host + slash + path).partition('?')[0]}"


def _sha256(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()
