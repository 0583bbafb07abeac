"""How often one person, or one address without a credential, may ask. Rates are settings."""

from django.conf import settings
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class PersonRate(UserRateThrottle):
    scope = "person"

    def get_rate(self) -> str:
        return settings.REST_RATE_PERSON


class AddressRate(AnonRateThrottle):
    scope = "address"

    def get_rate(self) -> str:
        return settings.REST_RATE_ADDRESS


class LeakReportRate(AnonRateThrottle):
    """The public door takes reports from scanners, not guesses."""

    scope = "leaks"

    def get_rate(self) -> str:
        return settings.REST_RATE_LEAKS
