"""All models of the foundation, gathered from its rooms."""

from portal.agreements.models import (
    Acceptance,
    AcceptanceDetail,
    Document,
    DocumentText,
    DocumentVersion,
)
from portal.devices.models import DeviceLogin, Renewal
from portal.events.models import (
    Event,
    EventDetail,
    LogHead,
    LogKey,
    LogLeaf,
    LogNode,
    LogPending,
    LogTip,
)
from portal.jobs.models import BeatLease, Job, Schedule
from portal.licences.models import Licence, LicenceVersion
from portal.notices.models import Notice, NoticeChoice
from portal.organisations.models import Invitation, Membership, Organisation
from portal.people.models import Namespace, Person
from portal.policies.models import PolicyValue
from portal.privacy.models import Erasure, Export
from portal.search.models import SearchEntry, SearchReader
from portal.tokens.models import AccessToken

__all__ = [
    "Acceptance",
    "AcceptanceDetail",
    "AccessToken",
    "BeatLease",
    "DeviceLogin",
    "Document",
    "DocumentText",
    "DocumentVersion",
    "Erasure",
    "Event",
    "EventDetail",
    "Export",
    "Invitation",
    "Job",
    "Licence",
    "LicenceVersion",
    "LogHead",
    "LogKey",
    "LogLeaf",
    "LogNode",
    "LogPending",
    "LogTip",
    "Membership",
    "Namespace",
    "Notice",
    "NoticeChoice",
    "Organisation",
    "Person",
    "PolicyValue",
    "Renewal",
    "Schedule",
    "SearchEntry",
    "SearchReader",
]
