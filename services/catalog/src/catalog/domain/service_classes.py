"""The two schemes of online service side by side: levels 1-4 (NĐ 43/2011) and classes (NĐ 42/2022). Pure.

The class is set per procedure, commune and day; it does not follow from the old level by any rule, so neither is ever
computed from the other: what an offering does not state stays unknown.
"""

from dataclasses import dataclass

from contracts.catalog import Offering
from contracts.codes import ServiceLevel

LEVELS = (ServiceLevel.LEVEL_1, ServiceLevel.LEVEL_2, ServiceLevel.LEVEL_3, ServiceLevel.LEVEL_4)
CLASSES = (ServiceLevel.INFORMATION, ServiceLevel.PARTIAL, ServiceLevel.FULL)


@dataclass(frozen=True)
class BothSchemes:
    """What an offering states: `level` by NĐ 43/2011, `service_class` by NĐ 42/2022."""

    level: ServiceLevel | None
    service_class: ServiceLevel | None


def both_schemes(offering: Offering) -> BothSchemes:
    """An offering's place in each scheme."""
    if offering.service_level in LEVELS:
        return BothSchemes(offering.service_level, None)
    return BothSchemes(offering.former_level, offering.service_level)
