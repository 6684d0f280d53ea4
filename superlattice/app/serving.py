"""The server of the page: on this machine's own address, for one folder, until it is interrupted."""

from __future__ import annotations

import contextlib
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from packing.errors import InputError

HOST = "127.0.0.1"


def make_app(study: str | Path) -> Any:
    """The ASGI application for a study file; its folder is where everything is written.

    Raises
    ------
    InputError
        If NiceGUI or tomlkit is not installed, or the folder is not there.
    """
    try:
        import fastapi
        from nicegui import ui
    except ImportError as error:
        raise InputError('the page needs NiceGUI. Install it: pip install "superlattice[app]".') from error
    from starlette.responses import FileResponse, PlainTextResponse

    from superlattice.app.guard import OwnHostOnly
    from superlattice.app.tabs.building import build
    from superlattice.app.tabs.page import RUNS, Page
    from superlattice.app.watched import CAMPAIGN
    from superlattice.app.work import stop_all

    file = Path(study).expanduser().resolve()
    if not file.parent.is_dir():
        raise InputError(f"{file.parent} is not a folder. Give a study file in a folder that is there.")

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield
        await stop_all()

    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    def given(folder: Path, path: str) -> Any:
        wanted = (folder / path).resolve()
        if not wanted.is_relative_to(folder.resolve()) or not wanted.is_file():
            return PlainTextResponse("There is no such file in the runs.", status_code=404)
        return FileResponse(wanted)

    @app.get("/" + RUNS + "/{path:path}")
    def of_a_run(path: str) -> Any:
        return given(file.parent / RUNS, path)

    @app.get("/" + CAMPAIGN + "{name}/collected/{path:path}")
    def of_a_campaign(name: str, path: str) -> Any:
        return given(file.parent / f"{CAMPAIGN}{name}" / "collected", path)

    def root() -> None:
        build(Page(file))

    ui.run_with(app, root=root, title="superlattice", reconnect_timeout=60.0, show_welcome_message=False)
    app.add_middleware(OwnHostOnly)
    return app


def serve(study: str | Path, *, port: int = 8080, open_browser: bool = True) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    study
        The study file; it need not be there yet.
    port
        Where; 0 takes a free one.
    open_browser
        Whether to show the page.

    Raises
    ------
    InputError
        If the port is taken, or what `make_app` refuses.
    """
    app = make_app(study)
    import uvicorn

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise InputError(f"port {port} cannot be used ({error.strerror}). Give another with --port.") from error
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    print(f"superlattice app: {address} (Ctrl-C ends it)", flush=True)
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    settings = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3)
    # Ctrl-C is how it is ended; uvicorn hands it on after it has closed everything.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=[listener])
