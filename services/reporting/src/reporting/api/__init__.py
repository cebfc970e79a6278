"""The HTTP side of reporting. Routes turn requests into questions and sums into answers; they decide nothing."""

from reporting.api.indicators import router as indicators
from reporting.api.reports import router as reports
from reporting.api.snapshots import router as snapshots

routers = (indicators, reports, snapshots)

__all__ = ["routers"]
