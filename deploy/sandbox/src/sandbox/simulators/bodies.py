"""Reads small request bodies that come as JSON or as an HTML form. Needs no form-parsing library; takes no files."""

import json
from urllib.parse import parse_qsl

from fastapi import Request


async def text_fields(request: Request) -> dict[str, str]:
    """The fields of a JSON object or of a form, as text; empty where the body is neither."""
    body = await request.body()
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return {key: str(value) for key, value in parsed.items()} if isinstance(parsed, dict) else {}
