"""Settings of the registry that the community can change."""

from django.utils.translation import gettext_lazy as _

from portal.policies import Policy, declare

GB = 10**9

PERSON_QUOTA = declare(
    Policy(
        name="registry.person_gigabytes",
        kind="int",
        default=100,
        title=_("Storage for each person"),
        unit="GB",
        floor=1,
        ceiling=100_000,
    )
)
ORGANISATION_QUOTA = declare(
    Policy(
        name="registry.organisation_gigabytes",
        kind="int",
        default=500,
        title=_("Storage for each organisation"),
        unit="GB",
        floor=1,
        ceiling=1_000_000,
    )
)
FILE_LIMIT = declare(
    Policy(
        name="registry.file_gigabytes",
        kind="int",
        default=50,
        title=_("Largest file that can be uploaded"),
        unit="GB",
        floor=1,
        ceiling=5_000,
    )
)
ACCESS_COOL_DOWN = declare(
    Policy(
        name="registry.access_request_cool_down",
        kind="int",
        default=30,
        title=_("How long a rejected access request must wait before it is asked again"),
        unit=_("days"),
        floor=0,
        ceiling=365,
    )
)
