"""Serves every simulator on one port of this machine: `python -m sandbox.simulators --port 8090`."""

import argparse
import asyncio
import os
from datetime import UTC, datetime
from random import Random, SystemRandom

import uvicorn

from sandbox.simulators.world import Simulators, WorldSettings, build, create_app


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(prog="sandbox.simulators", description="What is outside the city, simulated.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--origin", help="how others reach this server (default: http://HOST:PORT)")
    parser.add_argument("--seed", type=int, help="make IDs and the signing key the same in every run")
    parser.add_argument("--ipn-url", default="", help="where VNPAY reports payments")
    parser.add_argument("--smtp-port", type=int, help="where mails are taken (default: any free port)")
    asked = parser.parse_args()
    # Secrets come by the environment: a command line is seen by every user of the machine.
    settings = WorldSettings(
        origin=asked.origin or os.environ.get("SANDBOX_ORIGIN") or f"http://{asked.host}:{asked.port}",
        ipn_url=asked.ipn_url or os.environ.get("SANDBOX_IPN_URL", ""),
        moj_token=os.environ.get("SANDBOX_MOJ_TOKEN", WorldSettings.moj_token),
        vnpay_secret=os.environ.get("SANDBOX_VNPAY_SECRET", WorldSettings.vnpay_secret),
        sms_token=os.environ.get("SANDBOX_SMS_TOKEN", WorldSettings.sms_token),
        residence_token=os.environ.get("SANDBOX_RESIDENCE_TOKEN", WorldSettings.residence_token),
        health_card_token=os.environ.get("SANDBOX_HEALTH_CARD_TOKEN", WorldSettings.health_card_token),
        emc_token=os.environ.get("SANDBOX_EMC_TOKEN", WorldSettings.emc_token),
        documents_token=os.environ.get("SANDBOX_DOCUMENTS_TOKEN", WorldSettings.documents_token),
        national_payment_secret=os.environ.get(
            "SANDBOX_NATIONAL_PAYMENT_SECRET", WorldSettings.national_payment_secret
        ),
        national_payment_confirm_url=os.environ.get("SANDBOX_NATIONAL_PAYMENT_CONFIRM_URL", ""),
    )
    random = SystemRandom() if asked.seed is None else Random(asked.seed)
    simulators = build(settings, now=lambda: datetime.now(UTC), random=random)
    smtp_port = asked.smtp_port or int(os.environ.get("SANDBOX_SMTP_PORT", "0"))
    config = uvicorn.Config(create_app(simulators), host=asked.host, port=asked.port, log_level="warning")
    asyncio.run(_serve(uvicorn.Server(config), simulators, asked.host, smtp_port))


async def _serve(server: uvicorn.Server, simulators: Simulators, host: str, smtp_port: int) -> None:
    await simulators.mail.listen(host, smtp_port)
    await server.serve()


if __name__ == "__main__":
    main()
