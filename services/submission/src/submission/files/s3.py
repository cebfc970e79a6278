"""Storage in a bucket of any S3: for many machines. It needs put, multipart, ranged get, list and delete, and no more.

The client lives as long as the loop it was first used in: it is closed by `close`, or with the loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiobotocore.config import AioConfig  # type: ignore[import-untyped]  # comes without types
from aiobotocore.session import get_session  # type: ignore[import-untyped]  # likewise
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # likewise

from submission.files.storage import READ_BYTES, NotStored

_PIECE = 8 * 1024 * 1024
"""A file beyond this is sent in pieces of this size; S3 wants at least 5 MiB."""
_MOST_DELETED = 1000
_MISSING = {"NoSuchKey", "NoSuchBucket", "404", "NotFound"}


class StoreAway(ConnectionError):
    """The store cannot be reached, or does not do what it is asked: to a caller, 503."""


@dataclass(frozen=True)
class Bucket:
    """Where the bucket is and who we are there. `endpoint` None: Amazon's own."""

    name: str
    endpoint: str | None
    region: str
    access_key: str
    secret_key: str


class S3Storage:
    """Keys are object keys in one bucket, which is made at the first use if it is not there."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._client: Any = None
        self._keeper: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def put(self, key: str, content: AsyncIterator[bytes]) -> None:
        client = await self._opened()
        pieces = _pieces(content)
        first = await anext(pieces, b"")
        second = await anext(pieces, None)
        with _away():
            if second is None:
                await client.put_object(Bucket=self._bucket.name, Key=key, Body=first)
                return
            await self._put_pieces(client, key, first, second, pieces)

    async def _put_pieces(self, client: Any, key: str, first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> None:
        place = {"Bucket": self._bucket.name, "Key": key}
        upload = {**place, "UploadId": (await client.create_multipart_upload(**place))["UploadId"]}
        try:
            sent: list[dict[str, Any]] = []
            for piece in (first, second):
                sent.append(await _send(client, upload, len(sent) + 1, piece))
            async for piece in rest:
                sent.append(await _send(client, upload, len(sent) + 1, piece))
            await client.complete_multipart_upload(**upload, MultipartUpload={"Parts": sent})
        except BaseException:
            with contextlib.suppress(ClientError, BotoCoreError, OSError):  # the bucket's own rule ends what is left
                await client.abort_multipart_upload(**upload)
            raise

    async def read(self, key: str, start: int = 0, size: int | None = None) -> AsyncIterator[bytes]:
        if size == 0:
            return
        client = await self._opened()
        end = "" if size is None else str(start + size - 1)
        with _away():
            try:
                answer = await client.get_object(Bucket=self._bucket.name, Key=key, Range=f"bytes={start}-{end}")
            except ClientError as error:
                if error.response["Error"]["Code"] == "InvalidRange":
                    return  # nothing is there from `start` on
                if error.response["Error"]["Code"] == "NoSuchKey":
                    raise NotStored(key) from error
                raise
            async with answer["Body"] as body:
                async for piece in body.iter_chunks(READ_BYTES):
                    yield piece

    async def delete(self, keys: Iterable[str]) -> None:
        client = await self._opened()
        left = list(keys)
        while left:
            some, left = left[:_MOST_DELETED], left[_MOST_DELETED:]
            with _away():
                objects = [{"Key": key} for key in some]
                await client.delete_objects(Bucket=self._bucket.name, Delete={"Objects": objects, "Quiet": True})

    async def older_than(self, prefix: str, seconds: float) -> AsyncIterator[str]:
        client = await self._opened()
        before = datetime.now(UTC) - timedelta(seconds=seconds)
        with _away():
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=f"{prefix}/")
            async for page in pages:
                for item in page.get("Contents", ()):
                    if item["LastModified"] < before:
                        yield item["Key"]

    async def close(self) -> None:
        """Let go of the connections."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = self._client = None

    async def _opened(self) -> Any:
        async with self._opening:
            if self._client is None:
                ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
                # Who opens a client must close it in the same task; requests come and go, so a task of its own holds it.
                self._keeper = asyncio.create_task(self._keep(ready), name="s3-client")
                self._client = await ready
        return self._client

    async def _keep(self, ready: asyncio.Future[Any]) -> None:
        bucket = self._bucket
        # Path style and checksums only where asked for: what servers other than Amazon's understand.
        config = AioConfig(
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=30,
            retries={"total_max_attempts": 3, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        opening = get_session().create_client(
            "s3",
            endpoint_url=bucket.endpoint,
            region_name=bucket.region,
            aws_access_key_id=bucket.access_key,
            aws_secret_access_key=bucket.secret_key,
            config=config,
        )
        try:
            async with opening as client:
                with _away():
                    await self._prepare(client)
                ready.set_result(client)
                await asyncio.Event().wait()
        except (OSError, ValueError, BotoCoreError) as error:
            if ready.done():
                raise
            ready.set_exception(error)

    async def _prepare(self, client: Any) -> None:
        name, region = self._bucket.name, self._bucket.region
        try:
            await client.head_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MISSING:
                raise
            # Amazon's oldest region must not be named.
            where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
            # Another process was quicker; not every store says that it was one of ours.
            with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
                await client.create_bucket(Bucket=name, **where)


async def _send(client: Any, upload: dict[str, Any], number: int, piece: bytes) -> dict[str, Any]:
    answer = await client.upload_part(**upload, PartNumber=number, Body=piece)
    return {"PartNumber": number, "ETag": answer["ETag"]}


async def _pieces(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    async for piece in content:
        held += piece
        while len(held) >= _PIECE:
            yield bytes(held[:_PIECE])
            del held[:_PIECE]
    if held:
        yield bytes(held)


@contextlib.contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StoreAway(type(error).__name__) from error
