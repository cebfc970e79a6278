"""Uploads (tải lên): begun, received piece by piece, checked, put away. No HTTP here, and no dossier.

There is no lock on an upload. A piece is first stored under a key of its writer's own and then counted by one statement,
which only succeeds where the upload still stands where the writer found it. So of two writers one wins, a connection
that hangs keeps nobody out, and a process killed anywhere leaves either a piece that counts or one that was never there.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.clock import hanoi_day
from chassis.database import Database, UnitOfWork
from chassis.ids import new_id
from chassis.problems import Text
from chassis.telemetry.logging import get_logger
from submission.domain.upload import Described, Part, Upload, UploadState
from submission.files.checksums import Checksum
from submission.files.inspection import Refused, inspected
from submission.files.rules import type_called
from submission.files.scanner import Infected, Scan, Scanner, ScannerAway
from submission.files.storage import NotStored, Storage, bytes_of, content_key, part_key, read_parts
from submission.problems.files import (
    REFUSALS,
    ChecksumMismatch,
    FileInfected,
    TooManyUploads,
    UploadGone,
    UploadInUse,
    UploadNotFound,
    UploadOffsetMismatch,
    UploadOverrun,
    UploadRefused,
    UploadTooLarge,
)
from submission.queries import uploads

_log = get_logger("uploads")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows: bytes of a file, open uploads of one holder, how long one is kept, how it is cut."""

    most_bytes: int
    most_open: int
    kept: timedelta
    part_bytes: int
    check_again_seconds: float


@dataclass(frozen=True)
class Intake:
    """What receiving needs beside the database."""

    storage: Storage
    scanner: Scanner
    limits: Limits


class CutOff(ConnectionError):
    """The sender is gone before all it announced has come. Raised by the body that `receive` is given."""


async def begin_upload(holder: str, length: int, described: Described, limits: Limits, uow: UnitOfWork) -> Upload:
    """A new upload of so many bytes. Raises UploadTooLarge, UploadRefused, TooManyUploads."""
    if length > limits.most_bytes:
        raise UploadTooLarge(limits.most_bytes)
    if described.procedure is not None and described.component is not None:
        await _fits_component(described.procedure, described.component, length, described, uow)
    upload, expires_at = new_id(), uow.now + limits.kept
    if not await uploads.create(uow, upload, holder, length, described, expires_at=expires_at, most=limits.most_open):
        raise TooManyUploads
    return await uow.commit(
        Upload(
            upload,
            holder,
            UploadState.RECEIVING,
            length,
            0,
            described.name,
            described.declared_type,
            uow.now,
            expires_at,
        )
    )


async def _fits_component(procedure: str, code: str, length: int, described: Described, uow: UnitOfWork) -> None:
    """Refused before a byte is sent, where that can be known; `attach` holds the file to the same bounds again."""
    in_force, component = await uploads.component(uow, procedure, code, hanoi_day(uow.now))
    if not in_force:
        raise UploadRefused("procedure", "unknown", Text("Không có thủ tục này", "No such procedure"))
    if component is None:
        message = Text("Thủ tục không có thành phần hồ sơ này", "The procedure has no such component")
        raise UploadRefused("component", "unknown-component", message)
    if component.max_bytes is not None and length > component.max_bytes:
        raise UploadTooLarge(component.max_bytes)
    declared = type_called(described.declared_type) if described.declared_type else None
    if declared is not None and component.media_types is not None and declared.media_type not in component.media_types:
        message = Text("Thành phần này không nhận loại tệp này", "This component takes no file of this type")
        raise UploadRefused("filetype", "media-type", message)


async def find_upload(upload: UUID, holder: str, uow: UnitOfWork) -> Upload:
    """The holder's own upload. Raises UploadNotFound."""
    found = await uploads.find(uow, upload, holder)
    if found is None:
        raise UploadNotFound
    return found


async def standing_upload(upload: UUID, holder: str, uow: UnitOfWork) -> Upload:
    """The same, if bytes can still be sent to it or it is complete. Raises UploadNotFound, UploadGone."""
    found = await find_upload(upload, holder, uow)
    if found.state is UploadState.REFUSED:
        raise UploadGone(REFUSALS[str(found.refusal)].title, refusal=found.refusal)
    return found


async def receive(
    upload: UUID,
    holder: str,
    offset: int,
    body: AsyncIterator[bytes],
    checksum: Checksum | None,
    intake: Intake,
    database: Database,
) -> Upload:
    """Take the bytes from `offset` on; when the last one is there, check the whole.

    Whatever came before the sender was cut off is kept, unless it gave a checksum: then all or nothing. Raises
    UploadNotFound, UploadGone, UploadOffsetMismatch, UploadOverrun, ChecksumMismatch, and a FileRefused.
    """
    async with database.begin() as uow:
        found = await standing_upload(upload, holder, uow)
    if found.received != offset:
        raise UploadOffsetMismatch(found.received)
    if found.state is UploadState.RECEIVING:
        await _Receiver(found, intake, database, checksum).take(body)
    async with database.begin() as uow:
        found = await standing_upload(upload, holder, uow)
    # Also where it was complete before: a sender that did not hear the answer asks again, and so may the first check fail.
    return await check_upload(found, intake, database) if found.state is UploadState.SCANNING else found


class _Receiver:
    """Receives one request's bytes, holding at most one part of them."""

    def __init__(self, upload: Upload, intake: Intake, database: Database, checksum: Checksum | None) -> None:
        self._upload, self._intake, self._database = upload, intake, database
        self._checksum = checksum
        self._hash = checksum.make() if checksum is not None else None
        self._counted = self._stored = upload.received
        self._held = bytearray()
        self._waiting: list[Part] = []

    async def take(self, body: AsyncIterator[bytes]) -> None:
        try:
            await self._all(body)
        except BaseException:
            await self._intake.storage.delete([part.storage_key for part in self._waiting])
            raise

    async def _all(self, body: AsyncIterator[bytes]) -> None:
        try:
            async for piece in body:
                self._held += piece
                if self._stored + len(self._held) > self._upload.length:
                    await self._overrun()
                if self._hash is not None:
                    self._hash.update(piece)
                while len(self._held) >= self._intake.limits.part_bytes:
                    await self._store(self._intake.limits.part_bytes)
        except CutOff:
            if self._checksum is not None:
                raise
        if self._held:
            await self._store(len(self._held))
        if self._checksum is not None and self._hash is not None:
            if self._hash.digest() != self._checksum.digest:
                raise ChecksumMismatch
            await self._count()

    async def _overrun(self) -> None:
        del self._held[self._upload.length - self._stored :]
        if self._checksum is None and self._held:
            await self._store(len(self._held))
        raise UploadOverrun

    async def _store(self, size: int) -> None:
        piece = bytes(self._held[:size])
        del self._held[:size]
        part = Part(self._stored, size, part_key(self._upload.id, self._stored, new_id()))
        self._waiting.append(part)
        await self._intake.storage.put(part.storage_key, bytes_of(piece))
        self._stored += size
        if self._checksum is None:
            await self._count()

    async def _count(self) -> None:
        if not self._waiting:
            return
        limits = self._intake.limits
        async with self._database.begin() as uow:
            counted = await uploads.advance(
                uow,
                self._upload.id,
                self._counted,
                self._waiting,
                expires_at=uow.now + limits.kept,
                again_after=limits.check_again_seconds,
            )
            if not counted:
                now = await standing_upload(self._upload.id, self._upload.holder, uow)
                raise UploadOffsetMismatch(now.received)
            await uow.commit(None)
        self._counted = self._stored
        self._waiting.clear()


async def check_upload(upload: Upload, intake: Intake, database: Database) -> Upload:
    """All bytes are there: find out what the file is, have it scanned, and put it where files are kept.

    May be done twice, also at once: what is said last changes nothing. Raises a FileRefused. While the scanner is away
    the upload stays as it is (`scanning`), and a job comes back to it.
    """
    try:
        return await _checked(upload, intake, database)
    except NotStored:
        # Another has checked it meanwhile and put it away; if not, bytes are lost and this must be heard of.
        async with database.begin() as uow:
            now = await uploads.by_id(uow, upload.id)
        if now is None or now.state is UploadState.SCANNING:
            raise
        return now


async def _checked(upload: Upload, intake: Intake, database: Database) -> Upload:
    storage = intake.storage
    async with database.begin() as uow:
        parts = await uploads.parts_of(uow, upload.id)
    if sum(part.size for part in parts) != upload.length:
        raise NotStored(str(upload.id))

    def read(start: int, size: int | None) -> AsyncIterator[bytes]:
        return read_parts(storage, parts, start, size)

    found = await inspected(read, name=upload.name, declared_type=upload.declared_type)
    if isinstance(found, Refused):
        await _refuse(upload, found.why.slug, intake, database)
        raise found.why(found=found.found)
    async with database.begin() as uow:
        known = await uploads.stored(uow, upload.holder, found.sha256)
    scan = Scan.CLEAN
    if known is None or known[1] != Scan.CLEAN:
        try:
            said = await intake.scanner.scan(read(0, None))
        except ScannerAway as error:
            _log.warning("the malware scanner is away", event_id=str(upload.id), reason=str(error))
            return upload
        if isinstance(said, Infected):
            _log.error("malware refused", event_id=str(upload.id), reason=f"{said.signature} in {found.sha256}")
            await _refuse(upload, FileInfected.slug, intake, database)
            raise FileInfected
        scan = said
    file = new_id()
    key = content_key(found.sha256, file)
    if known is None:
        await storage.put(key, read(0, None))
    async with database.begin() as uow:
        kept = await uploads.keep(
            uow,
            file,
            upload.holder,
            sha256=found.sha256,
            size=found.size,
            media_type=found.media_type,
            scan=scan,
            storage_key=key,
        )
        if known is not None and kept.id == file:
            # The file that was there went between the two looks: nothing stands behind this row. The job comes back.
            return upload
        await uploads.ready(uow, upload.id, kept.id, found.name)
        dropped = await uploads.drop_parts(uow, upload.id)
        await uow.commit(None)
    # After the commit: a crash before this leaves what the sweeper takes, a crash the other way round would lose bytes.
    await storage.delete([*dropped, *([key] if known is None and kept.id != file else [])])
    async with database.begin() as uow:
        return await uploads.by_id(uow, upload.id) or upload


async def _refuse(upload: Upload, slug: str, intake: Intake, database: Database) -> None:
    async with database.begin() as uow:
        refused = await uploads.refuse(uow, upload.id, slug)
        dropped = await uploads.drop_parts(uow, upload.id) if refused else []
        await uow.commit(None)
    await intake.storage.delete(dropped)


async def end_upload(upload: UUID, holder: str, intake: Intake, database: Database) -> None:
    """Its holder does not want it any more. Raises UploadNotFound, UploadInUse."""
    async with database.begin() as uow:
        in_use = await uploads.hold(uow, upload, holder)
        if in_use is None:
            raise UploadNotFound
        if in_use:
            raise UploadInUse
        dropped = await uploads.delete(uow, [upload])
        await uow.commit(None)
    await intake.storage.delete(dropped)
