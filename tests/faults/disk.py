"""A disk that fails: this process dies as it changes the results folder for the k-th time, or the power goes then.

What changes a folder is counted where Python calls the system: opening a file for writing, each write, fsync, rename,
unlink, making and removing folders, and each transaction that SQLite commits (what SQLite does within one is put to the
test by kills at random moments).

Ways to fail
------------
``kill``: the process is gone; what it gave to the system stays.
``torn``: the same, but half of what was being written has got there.
``power_early``: the system is gone too: what was not synced is lost, and so is every name that was changed since its
folder was synced last.
``power_late``: names are on the disk already, content that was not synced is not: files are cut off.
"""

from __future__ import annotations

import builtins
import io
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

KINDS = ("kill", "torn", "power_early", "power_late")
DEAD = 137
_OURS = ("replace", "rename", "unlink", "remove", "mkdir", "rmdir", "fsync", "fdatasync", "open", "write", "truncate",
         "ftruncate", "link")  # fmt: skip


class Disk:
    """Counts the changes to a folder, and fails at one of them.

    Parameters
    ----------
    root : Path
        The results folder.
    kind : str
        One of `KINDS`.
    at : int
        Which change does not happen any more, from 1.
    told : callable
        Called with every change that happens, as text.
    """

    def __init__(self, root: Path, kind: str, at: int) -> None:
        self.root = os.path.realpath(root)
        self.kind, self.at = kind, at
        self.steps: list[str] = []
        self.real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in _OURS}
        self.open_file = io.open
        self.connect = sqlite3.connect
        self.paths: dict[int, str] = {}
        self.lengths: dict[int, int] = {}  # what is synced of each file that was written to, by its inode
        self.databases: set[int] = set()  # inodes of the files that SQLite writes and syncs itself
        self.undo: list[tuple[str, Callable[[], None]]] = []  # how to take a name back, by the folder it is in

    def install(self) -> None:
        """Take the place of what changes files, in this process."""
        for name in _OURS:
            setattr(os, name, getattr(self, f"_{name}"))
        builtins.open = io.open = self._open_file  # type: ignore[assignment]
        sqlite3.connect = self._connect  # type: ignore[assignment]
        sqlite3.dbapi2.connect = self._connect  # type: ignore[assignment]

    def watched(self, path: Any) -> bool:
        """Tell whether a path lies in the folder, or is the folder."""
        if isinstance(path, int):
            path = self.paths.get(path, "")
        text = os.path.abspath(os.fspath(path)) if path else ""
        text = os.path.join(os.path.realpath(os.path.dirname(text)), os.path.basename(text)) if text else ""
        return text == self.root or text.startswith(self.root + os.sep)

    def step(self, what: str, path: Any, torn: Callable[[], object] | None = None) -> None:
        """Count a change that is about to happen; fail if it is the one."""
        name = self.paths.get(path, "?") if isinstance(path, int) else os.fspath(path)
        self.steps.append(f"{what} {os.path.relpath(name, self.root)}")
        if len(self.steps) == self.at:
            if self.kind == "torn" and torn:
                torn()
            if self.kind.startswith("power"):
                self._lose_power()
            os._exit(DEAD)

    # ---- what is lost with the power

    def _lose_power(self) -> None:
        if self.kind == "power_early":
            for _, undo in reversed(self.undo):
                undo()
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                inode = os.stat(path).st_ino
                synced = self.lengths.get(inode)
                if inode not in self.databases and synced is not None and os.path.getsize(path) > synced:
                    self.real["truncate"](path, synced)

    def wrote(self, path: str, length: int) -> None:
        """Remember what was safe of a file before it is written to."""
        self.lengths.setdefault(os.stat(path).st_ino, length)

    def content(self, path: Any) -> bytes | None:
        try:
            with self.open_file(path, "rb") as file:
                return file.read()
        except OSError:
            return None

    def to_undo(self, path: Any, undo: Callable[[], None]) -> None:
        self.undo.append((os.path.realpath(os.path.dirname(os.path.abspath(path))), undo))

    def names_synced(self, folder: str) -> None:
        """Take the names in a folder for safe from now on."""
        self.undo = [(of, undo) for of, undo in self.undo if of != os.path.realpath(folder)]

    def put_back(self, path: Any, content: bytes | None) -> None:
        if content is None:
            if os.path.lexists(path):
                self.real["unlink"](path)
            return
        if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            return
        descriptor = self.real["open"](path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.real["write"](descriptor, content)
        self.lengths.pop(os.stat(path).st_ino, None)

    # ---- calls of the system

    def _replace(self, source: Any, target: Any, **more: Any) -> None:
        if not self.watched(target):
            return self.real["replace"](source, target, **more)
        self.step("rename", target)
        before, moved = self.content(target), self.content(source)
        synced = self.lengths.get(os.stat(source).st_ino) if moved is not None else None
        self.real["replace"](source, target, **more)
        if moved is not None:
            self.to_undo(target, lambda: self.put_back(target, before))
            self.to_undo(source, lambda: self.put_back(source, moved if synced is None else moved[:synced]))
        return None

    _rename = _replace

    def _unlink(self, path: Any, **more: Any) -> None:
        if more.get("dir_fd") is None and self.watched(path) and os.path.lexists(path):
            self.step("unlink", path)
            content = self.content(path)
            self.to_undo(path, lambda: self.put_back(path, content))
        self.real["unlink"](path, **more)

    _remove = _unlink

    def _link(self, source: Any, target: Any, **more: Any) -> None:
        if self.watched(target):
            self.step("link", target)
        self.real["link"](source, target, **more)

    def _mkdir(self, path: Any, *arguments: Any, **more: Any) -> None:
        if self.watched(path) and not os.path.isdir(path):
            self.step("mkdir", path)
        self.real["mkdir"](path, *arguments, **more)

    def _rmdir(self, path: Any, **more: Any) -> None:
        if more.get("dir_fd") is None and self.watched(path):
            self.step("rmdir", path)
        self.real["rmdir"](path, **more)

    def _open(self, path: Any, flags: int, *arguments: Any, **more: Any) -> int:
        ours = more.get("dir_fd") is None and self.watched(path)
        changes = ours and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        if changes:
            self.before_open(path, truncates=bool(flags & os.O_TRUNC))
        descriptor: int = self.real["open"](path, flags, *arguments, **more)
        self.paths[descriptor] = os.path.abspath(os.fspath(path)) if ours else ""
        return descriptor

    def before_open(self, path: Any, *, truncates: bool) -> None:
        there = os.path.lexists(path)
        if not there or truncates:
            self.step("open", path)
        if not there:
            self.to_undo(path, lambda: self.put_back(path, None))
        else:
            self.wrote(path, 0 if truncates else os.path.getsize(path))

    def _write(self, descriptor: int, data: Any) -> int:
        if self.watched(descriptor):
            self.step("write", descriptor, lambda: self.real["write"](descriptor, bytes(data)[: len(bytes(data)) // 2]))
            self.wrote(self.paths[descriptor], os.fstat(descriptor).st_size)
        return self.real["write"](descriptor, data)

    def _truncate(self, path: Any, length: int) -> None:
        if self.watched(path):
            self.step("truncate", path)
        self.real["truncate"](path, length)

    def _ftruncate(self, descriptor: int, length: int) -> None:
        self._truncate(descriptor, length)

    def _fsync(self, file: Any) -> None:
        descriptor = file if isinstance(file, int) else file.fileno()
        if self.watched(descriptor):
            self.step("sync", descriptor)
            path = self.paths[descriptor]
            if os.path.isdir(path):
                self.names_synced(path)
            else:
                found = os.fstat(descriptor)
                self.lengths[found.st_ino] = found.st_size
        self.real["fsync"](descriptor)

    _fdatasync = _fsync

    def _open_file(self, file: Any, mode: str = "r", buffering: int = -1, *text: Any, **more: Any) -> Any:
        if not set(mode) & set("wax+") or not self.watched(file):
            return self.open_file(file, mode, buffering, *text, **more)
        raw = _Watched(self, file, mode.replace("b", "").replace("t", ""))
        if "b" in mode and buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *text, **more)

    # ---- SQLite

    def _connect(self, database: Any, *arguments: Any, **more: Any) -> sqlite3.Connection:
        connection = self.connect(database, *arguments, **more)
        (*_, place), *_ = connection.execute("PRAGMA database_list").fetchall() or [("",)]
        if place and self.watched(place):
            self.databases.add(os.stat(place).st_ino)
            connection.set_trace_callback(_Transactions(self, place).traced)
        return connection


class _Watched(io.FileIO):
    """A file whose writes are counted."""

    def __init__(self, disk: Disk, file: Any, mode: str) -> None:
        self._disk = disk
        if not isinstance(file, int):
            disk.before_open(file, truncates="w" in mode)
        super().__init__(file, mode)
        if not isinstance(file, int):
            disk.paths[self.fileno()] = os.path.abspath(os.fspath(file))
        disk.wrote(disk.paths[self.fileno()], os.fstat(self.fileno()).st_size)

    def write(self, data: Any) -> int:
        whole = bytes(data)
        self._disk.step("write", self.fileno(), lambda: io.FileIO.write(self, whole[: len(whole) // 2]))
        return super().write(data)

    def truncate(self, size: int | None = None) -> int:
        self._disk.step("truncate", self.fileno())
        return super().truncate(size)


class _Transactions:
    """Statements of a connection; those that change the file are counted."""

    _CHANGES = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "REPLACE")
    _PRAGMA = re.compile(r"\s*PRAGMA\s+(?:\w+\.)?(synchronous|journal_mode)\s*=\s*'?(\w+)", re.IGNORECASE)

    def __init__(self, disk: Disk, place: str) -> None:
        self._disk, self._place = disk, place
        self._open = False
        self._pragmas = {"synchronous": "full", "journal_mode": "delete"}

    def traced(self, statement: str) -> None:
        """Count a statement that commits."""
        if pragma := self._PRAGMA.match(statement):
            self._pragmas[pragma[1].lower()] = pragma[2].lower()
        word = (statement.split(maxsplit=1) or [""])[0].upper().rstrip(";")
        if word == "BEGIN":
            self._open = True
        elif word == "ROLLBACK":
            self._open = False
        elif word in ("COMMIT", "END") or word == "VACUUM" or (word in self._CHANGES and not self._open):
            self._open = False
            self._commits(word.lower())

    def _commits(self, what: str) -> None:
        """Count a transaction; without EXTRA the end of its journal may be lost with the power, and it with that."""
        self._disk.step(what, self._place)
        if self._pragmas["journal_mode"] != "delete" or what == "vacuum":
            return
        self._disk.names_synced(os.path.dirname(self._place))  # SQLite syncs the folder when it begins a journal
        if self._pragmas["synchronous"] not in ("extra", "3"):
            content = self._disk.content(self._place)
            self._disk.to_undo(self._place, lambda: self._disk.put_back(self._place, content))
