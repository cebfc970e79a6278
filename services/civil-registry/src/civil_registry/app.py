"""The civil-registry service, put together; nothing is decided here."""

from chassis.run import commands as commands_of
from chassis.service import Service
from civil_registry.api import routers
from civil_registry.consumers import handlers
from civil_registry.registrar import started
from civil_registry.settings import CivilRegistrySettings

SERVICE = Service(
    name="civil-registry",
    package="civil_registry",
    title="Hộ tịch / Civil registry",
    description=(
        "Sổ hộ tịch điện tử: đăng ký khai sinh, số và quyển, giấy khai sinh ký số, kiểm tra giấy bằng mã QR.\n\n"
        "Civil-status records: births, numbers in the commune's book, signed certificates that anyone can verify."
    ),
    routers=routers,
    handlers=handlers,
    settings=CivilRegistrySettings,
    started=started,
    tags=(
        {"name": "records", "description": "Bản ghi hộ tịch và giấy khai sinh / Records and certificates"},
        {"name": "cases", "description": "Việc đăng ký đang giải quyết / Registrations under way"},
        {"name": "verification", "description": "Kiểm tra giấy khai sinh, công khai / Public verification"},
        {"name": "data-accesses", "description": "Ai đã xem dữ liệu của tôi / Who read my data"},
    ),
)

commands = commands_of(SERVICE)
