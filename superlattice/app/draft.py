"""The study that the page shows: a text with its comments, changed key by key, saved when the user says so."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from packing.errors import InputError
from superlattice.files import write_text
from superlattice.sharing.new_study import new_study_text
from superlattice.study.study import Study


class Draft:
    """One tab's copy of the study file.

    The file is the only state: what is changed here is kept beside it until it is saved, so that a page which is left
    open over a restart finds it again. A file that somebody else changed in between is not overwritten.

    Parameters
    ----------
    file
        The study file; it need not be there yet.

    Raises
    ------
    InputError
        For a file that is there and is no text.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     draft = Draft(Path(folder) / "mine.toml")
    ...     draft.put("nanocrystal.edge_nm", 9.0)
    ...     saved = draft.save()
    ...     again = Draft(saved).study().nanocrystal.edge_nm
    >>> again
    9.0
    """

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)
        self.kept = self.file.with_name(f".{self.file.name}.unsaved")
        self._seen = self._on_disk()
        self._document = tomlkit.parse(new_study_text())
        self.is_from_before = False
        if self.kept.is_file():
            self.is_from_before = self._try(self.kept.read_text(encoding="utf-8", errors="replace"))
        if not self.is_from_before and self.file.is_file():
            self.reload()

    @property
    def text(self) -> str:
        """The study as it would be saved."""
        return tomlkit.dumps(self._document)

    @property
    def has_changes(self) -> bool:
        """Whether it differs from the file."""
        return not self.file.is_file() or self.file.read_text(encoding="utf-8", errors="replace") != self.text

    @property
    def names_measured(self) -> bool:
        """Whether it names a micrograph or a curve to compare with."""
        return bool(self.get("compare.tem") or self.get("compare.saxs"))

    def reload(self) -> None:
        """Take the file as it is now.

        Raises
        ------
        InputError
            If it is no TOML.
        """
        try:
            text = self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.file} cannot be read: {error}. Give a TOML study file.") from error
        self.take(text)
        self._seen = self._on_disk()
        self.kept.unlink(missing_ok=True)

    def take(self, text: str) -> None:
        """Replace the whole text.

        Raises
        ------
        InputError
            If it is no TOML; then nothing changes.
        """
        try:
            self._document = tomlkit.parse(text)
        except (TOMLKitError, ValueError) as error:
            raise InputError(f"not valid TOML: {error}.") from error

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a dotted key, such as ``"ligand.name"``."""
        table: Any = self._document
        for part in key.split("."):
            if not hasattr(table, "get") or part not in table:
                return default
            table = table[part]
        return table.unwrap() if hasattr(table, "unwrap") else table

    def put(self, key: str, value: Any) -> None:
        """Set a dotted key; None removes it. Comments and everything else stay.

        Parameters
        ----------
        key
            Such as ``"nanocrystal.edge_nm"``.
        value
            A value of TOML, or None.
        """
        *tables, last = key.split(".")
        table: Any = self._document
        for part in tables:
            if part not in table:
                if value is None:
                    return
                table[part] = tomlkit.table()
            table = table[part]
        if value is None:
            if last in table:
                del table[last]
        elif table.get(last) != value:
            table[last] = value

    def study(self) -> Study:
        """The study, checked.

        Raises
        ------
        InputError
            As the command line would refuse it.
        """
        return Study.from_text(self.text, source=self.file.name, folder=self.file.parent, name=self.file.stem)

    def keep(self) -> None:
        """Keep what is not saved yet beside the file."""
        if self.has_changes:
            write_text(self.kept, self.text)
        else:
            self.kept.unlink(missing_ok=True)

    def save(self, file: str | Path | None = None) -> Path:
        """Write the study.

        Parameters
        ----------
        file
            Another name; None for its own.

        Raises
        ------
        InputError
            For a study that cannot be used, and for a file that was changed elsewhere since it was read.
        """
        # A sweep is many studies, which the command line checks one by one.
        if "sweep" not in self._document:
            self.study()
        target = self.file if file is None else Path(file)
        if target == self.file and self._on_disk() != self._seen:
            raise InputError(
                f"{self.file.name} was changed elsewhere since this page read it. Reload it, or save under another "
                "name."
            )
        if target != self.file and target.exists():
            raise InputError(f"{target} is there already. Give another name.")
        write_text(target, self.text)
        if target == self.file:
            self._seen = self._on_disk()
            self.kept.unlink(missing_ok=True)
        return target

    def _try(self, text: str) -> bool:
        try:
            self.take(text)
        except InputError:
            return False
        return True

    def _on_disk(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest() if self.file.is_file() else ""
