"""What those who watch a repo are told."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from models_registry import news
from models_registry.models import Com, Repo
from models_registry.watching import watchers
from portal import notices
from portal.clock import db_now
from portal.licences import news as licences
from portal.licences.models import LicenceVersion
from portal.notices.models import Notice
from portal.people.models import Person

REVISION = "repo_revision"
LICENCE = "repo_licence"
NAMED = 5
ONE_AN = dt.timedelta(hours=1)  # an upload of many commits is told of once
notices.declare(REVISION, _("New revisions of repos that you watch"))
notices.declare(LICENCE, _("New licences of repos that you watch"), default_mail=True)
news.subscribe("models_registry.watching.jobs.tell_of_revision")
licences.subscribe("models_registry.watching.jobs.tell_of_version")


def new_revision(repo: Repo, com: Com) -> list[Notice]:
    """Tell who watches of a commit on the default branch; once an hour while it is unread."""
    url = f"{repo.path}/activity"
    told = Notice.objects.filter(
        kind=REVISION, url=url, read_at=None, created_at__gt=db_now() - ONE_AN
    )
    known = set(told.values_list("person_id", flat=True))
    people = [who for who in watchers(repo, without=com.author) if who.pk not in known]
    return notices.send_many(
        people,
        REVISION,
        subject=_("New revision of %(repo)s"),
        body=_("%(title)s\n\nThis is commit %(oid)s of %(repo)s."),
        url=url,
        context={"repo": repo.full_name, "title": com.title, "oid": com.oid[:10]},
    )


def new_licence(repo: Repo, *, by: Person | None) -> list[Notice]:
    """Tell who watches that another licence holds for the files from now on."""
    licence = repo.licence.licence.name if repo.licence else ""
    body = _("The files of %(repo)s come under %(licence)s now. Look at what it asks of you.")
    if not licence:
        body = _("%(repo)s names no licence of this portal any more. Look at its card.")
    return notices.send_many(
        watchers(repo, without=by),
        LICENCE,
        subject=_("Another licence for %(repo)s"),
        body=body,
        url=repo.path,
        context={"repo": repo.full_name, "licence": licence},
    )


def new_version(version: LicenceVersion) -> list[Notice]:
    """Tell who watches repos of this licence of its new version: once each, naming the repos."""
    url = version.document_version.accept_url if version.asks else version.get_absolute_url()
    known = set(Notice.objects.filter(kind=LICENCE, url=url).values_list("person_id", flat=True))
    watched: dict[Person, list[str]] = {}
    repos = Repo.objects.filter(licence__licence=version.licence, watches__isnull=False)
    for repo in repos.select_related("namespace").distinct().order_by("key"):
        for person in watchers(repo):
            watched.setdefault(person, []).append(repo.full_name)
    told = (
        notices.send(
            person,
            LICENCE,
            subject=_("%(licence)s has a new version"),
            body=_("Version %(number)s holds for the files of %(repos)s now. Read what it asks."),
            url=url,
            context={
                "licence": version.licence.name,
                "number": version.document_version.number,
                "repos": ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else ""),
            },
        )
        for person, names in watched.items()
        if person.pk not in known
    )
    return [notice for notice in told if notice is not None]
