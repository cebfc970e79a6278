"""`python -m tests.servers PASSWORD` prints the definitions a broker needs for LIENTHONG_TEST_AMQP; starts nothing."""

import json
import sys

from gateway.broker_definitions import USERS, broker_definitions
from tests.servers.rabbitmq import VHOSTS

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(broker_definitions(dict.fromkeys(USERS, sys.argv[1]), VHOSTS), sys.stdout, indent=2)
