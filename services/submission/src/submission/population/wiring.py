"""Which population database this deployment asks. Wiring only."""

from submission.population import NotConnected, PopulationDatabase
from submission.population.http import HttpPopulationDatabase
from submission.settings import SubmissionSettings


def population_of(settings: SubmissionSettings) -> PopulationDatabase:
    """The one the settings name; without one, none."""
    if settings.population_url is None:
        return NotConnected()
    token = settings.population_token
    return HttpPopulationDatabase(
        settings.population_url,
        seconds=settings.population_seconds,
        token=token.get_secret_value() if token is not None else None,
    )
