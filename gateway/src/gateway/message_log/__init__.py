"""The message log (nhật ký trao đổi): exchanges committed in batches, and sealed into the ledger. What a record says: domain."""

from gateway.message_log.log import DatabaseMessageLog, write_message_log
from gateway.message_log.sealing import seal_exchanges

__all__ = ["DatabaseMessageLog", "seal_exchanges", "write_message_log"]
