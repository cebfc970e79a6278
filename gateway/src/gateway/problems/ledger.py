"""What goes wrong at the event ledger."""

from chassis.problems import InvalidPayload, NotFound, Text


class EntryNotFound(NotFound):
    """404: the ledger holds no event of that id."""

    slug = "ledger-entry-not-found"
    title = Text("Sổ cái không có sự kiện này", "The ledger has no such event")


class CheckpointNotFound(NotFound):
    """404: the ledger was never signed, so there is nothing to prove against."""

    slug = "checkpoint-not-found"
    title = Text("Sổ cái chưa có điểm kiểm tra", "The ledger has no checkpoint yet")


class BeyondTheLedger(InvalidPayload):
    """422: the proof is about entries that are not there. Context carries the ledger's `size`."""

    slug = "beyond-the-ledger"
    title = Text("Vượt ngoài phạm vi sổ cái", "Outside the ledger")


class TileNotFound(NotFound):
    """404: no such tile, or not one the latest checkpoint covers."""

    slug = "ledger-tile-not-found"
    title = Text("Sổ cái không có ô này", "The ledger has no such tile")


class NotCosigned(InvalidPayload):
    """422: not one of this ledger's checkpoints, or not cosigned by a witness that is known here."""

    slug = "not-cosigned"
    title = Text(
        "Không có chữ ký đồng xác nhận hợp lệ", "Not a checkpoint of this ledger with a known witness's signature"
    )
