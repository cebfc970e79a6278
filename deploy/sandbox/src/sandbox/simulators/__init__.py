"""What is outside the city, as programs with real behaviour. The simulators import nothing of the city's own code.

`population` the population database · `moj` the Ministry of Justice's civil-status software · `residence` the police's
residence register · `social_insurance` health cards · `vnpay` the payment page · `national_payment` the national payment
platform · `identity` an OIDC issuer for people ·
`mail` and `sms` what is sent to citizens · `faults` how each can be told to fail · `world` all together.
`python -m sandbox.simulators --port N` serves them all under /sandbox/<name>.
"""

from sandbox.simulators.world import Simulators, WorldSettings, build, create_app

__all__ = ["Simulators", "WorldSettings", "build", "create_app"]
