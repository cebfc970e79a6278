"""The use cases of the catalogue, the only place that commits: versions, seeding, agencies. They know no HTTP and no SQL."""

from catalog.handlers.seeding import SeedReport, load_seed, seed
from catalog.handlers.versions import DraftVersion, StoredVersion, draft_version, publish_version

__all__ = ["DraftVersion", "SeedReport", "StoredVersion", "draft_version", "load_seed", "publish_version", "seed"]
