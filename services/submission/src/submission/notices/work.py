"""The worker's part of notices: couriers made from the settings, and the jobs that plan, send and watch. Decides nothing."""

from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import Gauge

from chassis.service import Job, Runtime
from submission.copies import Copies
from submission.domain.notice import Medium, NoticeState
from submission.handlers.notices import (
    BATCH,
    Post,
    plan_notices,
    send_next,
    settle_lost,
    warn_of_lapsing,
)
from submission.notices.ports import Courier, Outcome
from submission.notices.sms import HttpSmsCourier
from submission.notices.smtp import SmtpCourier
from submission.queries import notices
from submission.settings import SubmissionSettings

_GAUGE = "notices gauge"


def couriers_of(settings: SubmissionSettings) -> Mapping[Medium, Courier]:
    """A courier for each medium that has a server."""
    couriers: dict[Medium, Courier] = {}
    if settings.smtp_host is not None:
        couriers[Medium.EMAIL] = SmtpCourier(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_sender,
            settings.smtp_tls,
            settings.notice_timeout_seconds,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            ca_file=settings.smtp_ca_file,
        )
    if settings.sms_url is not None:
        token = settings.sms_token.get_secret_value() if settings.sms_token else None
        couriers[Medium.SMS] = HttpSmsCourier(settings.sms_url, settings.notice_timeout_seconds, token=token)
    return couriers


def post_of(runtime: Runtime) -> Post:
    """How this deployment sends."""
    settings = runtime.settings
    assert isinstance(settings, SubmissionSettings)  # noqa: S101 - SERVICE names this class
    return Post(
        couriers_of(settings),
        settings.notice_retry_delays,
        settings.notice_timeout_seconds,
        timedelta(hours=settings.supplement_warning_hours),
        settings.public_url,
    )


async def plan(runtime: Runtime) -> None:
    """Plan for every step there is."""
    post, copies = post_of(runtime), _copies(runtime)
    steps = BATCH
    while steps == BATCH:
        async with runtime.database.begin() as uow:
            steps = await plan_notices(post, copies, uow)


async def warn(runtime: Runtime) -> None:
    """Plan the warnings that are due."""
    async with runtime.database.begin() as uow:
        await warn_of_lapsing(post_of(runtime), _copies(runtime), uow)


async def send_mail(runtime: Runtime) -> None:
    """Send the mails that are due."""
    await _send(runtime, Medium.EMAIL)


async def send_sms(runtime: Runtime) -> None:
    """Send the text messages that are due."""
    await _send(runtime, Medium.SMS)


async def _send(runtime: Runtime, medium: Medium) -> None:
    post = post_of(runtime)
    if medium not in post.offered:
        return
    # Where one is put off, the next would most likely be too: the job's own pause comes first.
    while await send_next(post, medium, runtime.database) in (Outcome.TAKEN, Outcome.REFUSED):
        pass


async def watch(runtime: Runtime) -> None:
    """Notices whose sender died are settled; what is not sent is counted for the operator."""
    async with runtime.database.begin() as uow:
        await settle_lost(post_of(runtime), uow)
    async with runtime.database.begin() as uow:
        found = await notices.counts(uow)
    gauge = _gauge(runtime)
    for state in set(NoticeState) - {NoticeState.SENT}:
        gauge.labels(runtime.service.name, state).set(found.get(state, 0))


def _gauge(runtime: Runtime) -> Gauge:
    if _GAUGE not in runtime.extras:
        runtime.extras[_GAUGE] = Gauge(
            "notices", "Notices that are not sent, by state", ("service", "state"), registry=runtime.metrics.registry
        )
    gauge: Gauge = runtime.extras[_GAUGE]
    return gauge


def _copies(runtime: Runtime) -> Copies:
    copies: Copies = runtime.extras["copies"]
    return copies


JOBS = (
    Job("plan notices", 1, plan),
    Job("send mails", 1, send_mail),
    Job("send text messages", 1, send_sms),
    Job("warn of lapsing supplements", 60, warn),
    Job("watch notices", 15, watch),
)
