"""The console's stylesheet, script and icon, from the package, under addresses that change with what is in them. Nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_KINDS = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Assets:
    """Files by name."""

    content: Mapping[str, bytes]

    @classmethod
    def packaged(cls) -> "Assets":
        """Those of this package."""
        folder = files("gateway.console") / "static"
        return cls({name: (folder / name).read_bytes() for name in _KINDS})

    def address(self, name: str) -> str:
        """Where a browser gets it."""
        return f"/console/static/{name}?v={sha256(self.content[name]).hexdigest()[:12]}"

    async def serve(self, request: Request) -> Response:
        """The file, for a year: another version has another address."""
        name = request.path_params["name"]
        if name not in self.content:
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self.content[name], media_type=_KINDS[name], headers=headers)
