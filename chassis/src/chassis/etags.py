"""ETags: a resource's version as a strong validator; reads that save a body, writes that do not overwrite another's."""

from typing import Annotated

from fastapi import Header, Response

from chassis.problems import PreconditionFailed, PreconditionRequired, Text

IfMatch = Annotated[str | None, Header(alias="If-Match", description="ETag the change is based on")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="ETag already held; 304 if unchanged")]


def etag(version: int | str) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def not_modified(response: Response, version: int | str, if_none_match: str | None) -> bool:
    """Set the ETag on the response; True if the caller already holds this version (answer 304 without a body)."""
    tag = etag(version)
    response.headers["ETag"] = tag
    return if_none_match is not None and bool({tag, "*"} & _tags(if_none_match))


def check_match(version: int, if_match: str | None, *, required: bool = False) -> None:
    """Raise PreconditionFailed (412) if `If-Match` names another version; PreconditionRequired (428) if it must be there."""
    if if_match is None:
        if required:
            raise PreconditionRequired
        return
    if not {etag(version), "*"} & _tags(if_match):
        raise PreconditionFailed(
            Text("Dữ liệu đã được người khác thay đổi; hãy tải lại", "Someone changed it; read it again"),
            currentETag=etag(version),
        )
