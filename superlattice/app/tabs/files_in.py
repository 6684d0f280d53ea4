"""Files that come to the page: dropped on it, or named by their path, which copies nothing."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from nicegui import ui

from superlattice.app.tabs.page import UPLOADS, Page

MOST_BYTES = 4 * 1024**3


def file_input(
    page: Page, label: str, mark: str, take: Callable[[Path], Awaitable[None] | None], *, multiple: bool = False
) -> None:
    """A place to drop a file, and a line for a path.

    Parameters
    ----------
    page
        Whose folder keeps what is dropped.
    label
        What to drop.
    mark
        What tests call it.
    take
        Called with each file.
    multiple
        Whether several can be dropped at once.
    """

    async def uploaded(event: Any) -> None:
        target = free_name(page.folder / UPLOADS, event.file.name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            await event.file.save(target)
        except OSError as error:
            page.say(f"{target} cannot be written: {error.strerror}. Make room, or give its path.", wrong=True)
            return
        await _taken(take, target)

    async def named() -> None:
        path = Path(str(line.value or "").strip().strip("\"'")).expanduser()
        path = path if path.is_absolute() else page.folder / path
        if not path.is_file():
            page.say(f"{path} is not a file. Give the path of a file on this machine.", wrong=True)
            return
        await _taken(take, path)

    upload = ui.upload(
        label=label,
        multiple=multiple,
        auto_upload=True,
        max_file_size=MOST_BYTES,
        on_upload=uploaded,
        on_rejected=lambda: page.say("The file is larger than 4 GB. Give its path instead.", wrong=True),
    )
    upload.classes("w-full").props("flat bordered no-thumbnails").props(f'data-mark="{mark}"')
    line = ui.input("or the path of a file on this machine").classes("w-full").on("keydown.enter", named)
    line.props(f'data-mark="{mark}-path"')


async def _taken(take: Callable[[Path], Awaitable[None] | None], file: Path) -> None:
    going_on = take(file)
    if going_on is not None:
        await going_on


def free_name(folder: Path, name: str) -> Path:
    """A name in a folder that no file has yet, made of harmless letters.

    Parameters
    ----------
    folder
        Where.
    name
        What a browser calls the file.

    Examples
    --------
    >>> free_name(Path("nowhere"), "../../etc/pass wd.tif").as_posix()
    'nowhere/pass_wd.tif'
    >>> free_name(Path("nowhere"), "...").as_posix()
    'nowhere/file'
    """
    plain = re.sub(r"[^\w.+-]", "_", re.split(r"[\\/]", name)[-1]).lstrip(".-")[-120:] or "file"
    stem, dot, suffix = plain.partition(".")
    target, n = folder / plain, 1
    while target.exists():
        n += 1
        target = folder / f"{stem}-{n}{dot}{suffix}"
    return target
