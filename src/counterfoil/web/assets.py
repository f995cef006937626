"""Style, script and mark of the pages, read once when the application is built."""

from __future__ import annotations

from pathlib import Path

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Response

from counterfoil.web.errors import NotFound

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
KEPT = "public, max-age=300"


def router(folder: Path) -> Router:
    """`/static/<name>` for the files of this folder."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in TYPES}

    @get("/{name:str}")
    async def show(name: FromPath[str]) -> Response[bytes]:
        if name not in files:
            raise NotFound
        return Response(files[name], media_type=TYPES[Path(name).suffix], headers={"cache-control": KEPT})

    return Router("/static", route_handlers=[show])
