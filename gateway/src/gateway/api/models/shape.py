"""What all models of the gateway's API have in common: camelCase on the wire, bytes as base64."""

import base64

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def encoded(data: bytes) -> str:
    """Bytes as standard base64, the way hashes are written everywhere in the ledger's API."""
    return base64.b64encode(data).decode()


class Model(BaseModel):
    """camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
