"""Every named page and where to look at it. A route that stands in neither table fails a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Shot:
    """One page to look at: its address (with places of the world's values), who looks, and where
    that leads, if not to the address itself."""

    path: str
    who: str = ""
    status: int = 200
    leads_to: str = ""


def repo_pages(kind: str, at: str, head: str, owner: str, comment: str) -> dict[str, Shot]:
    return {
        kind: Shot(at),
        f"{kind}_tree": Shot(f"{at}/tree/main"),
        f"{kind}_blob": Shot(f"{at}/blob/main/config.json"),
        f"{kind}_commits": Shot(f"{at}/commits"),
        f"{kind}_commits_of": Shot(f"{at}/commits/main"),
        f"{kind}_commit": Shot(f"{at}/commit/{head}"),
        f"{kind}_upload": Shot(f"{at}/upload", owner),
        f"{kind}_settings": Shot(f"{at}/settings", owner),
        f"{kind}_edit": Shot(f"{at}/edit/README.md", owner),
        f"{kind}_duplicate": Shot(f"{at}/duplicate", owner),
        f"{kind}_lineage": Shot(f"{at}/lineage"),
        f"{kind}_activity": Shot(f"{at}/activity"),
        f"{kind}_discussions": Shot(f"{at}/discussions"),
        f"{kind}_new_discussion": Shot(f"{at}/discussions/new", owner),
        f"{kind}_discussion": Shot(f"{at}/discussions/1", owner),
        f"{kind}_discussion_changes": Shot(f"{at}/discussions/2/changes"),
        f"{kind}_discussion_comment": Shot(f"{at}/discussions/1/comments/{comment}", owner),
    }


PAGES: dict[str, Shot] = {
    "home": Shot("/"),
    "help": Shot("/docs/"),
    "styleguide": Shot("/styleguide"),
    "account_login": Shot("/accounts/login/"),
    "account_signup": Shot("/accounts/signup/"),
    "account_inactive": Shot("/accounts/inactive/"),
    "account_email_verification_sent": Shot("/accounts/confirm-email/"),
    "account_confirm_email": Shot("/accounts/confirm-email/{confirm}/"),
    "account_reset_password": Shot("/accounts/password/reset/"),
    "account_reset_password_done": Shot("/accounts/password/reset/done/"),
    "account_reset_password_from_key": Shot(
        "/accounts/password/reset/key/{reset}/",
        leads_to=r"/accounts/password/reset/key/\w+-set-password/",
    ),
    "account_reset_password_from_key_done": Shot("/accounts/password/reset/key/done/"),
    "account_logout": Shot("/accounts/logout/", "outsider"),
    "account_reauthenticate": Shot("/accounts/reauthenticate/", "outsider"),
    "account_email": Shot("/accounts/email/", "outsider"),
    "account_change_password": Shot("/accounts/password/change/", "outsider"),
    "mfa_index": Shot("/accounts/2fa/", "outsider"),
    "mfa_activate_totp": Shot("/accounts/2fa/totp/activate/", "outsider"),
    "mfa_add_webauthn": Shot("/accounts/2fa/webauthn/add/", "outsider"),
    "mfa_list_webauthn": Shot("/accounts/2fa/webauthn/", "guarded"),
    "mfa_edit_webauthn": Shot("/accounts/2fa/webauthn/keys/{passkey}/edit/", "guarded"),
    "mfa_remove_webauthn": Shot("/accounts/2fa/webauthn/keys/{passkey}/remove/", "guarded"),
    "mfa_deactivate_totp": Shot("/accounts/2fa/totp/deactivate/", "guarded"),
    "mfa_view_recovery_codes": Shot("/accounts/2fa/recovery-codes/", "guarded"),
    "mfa_generate_recovery_codes": Shot("/accounts/2fa/recovery-codes/generate/", "guarded"),
    "mfa_authenticate": Shot("/accounts/2fa/authenticate/", "halfway"),
    "mfa_reauthenticate": Shot("/accounts/2fa/reauthenticate/", "guarded"),
    "mfa_reauthenticate_webauthn": Shot("/accounts/2fa/webauthn/reauthenticate/", "guarded"),
    "usersessions_list": Shot("/accounts/sessions/", "outsider"),
    "agree": Shot("/agree/", "guarded", leads_to="/agree/site-terms/1"),
    "agree_one": Shot("/agree/community-norms/1", "outsider"),
    "settings_agreements": Shot("/settings/agreements", "maker"),
    "withdraw": Shot("/settings/agreements/{acceptance}/withdraw", "maker"),
    "terms": Shot("/terms", leads_to="/terms/1/"),
    "terms_version": Shot("/terms/1/"),
    "norms": Shot("/norms", leads_to="/norms/2/"),
    "norms_version": Shot("/norms/1/"),
    "norms_history": Shot("/norms/history/"),
    "norms_compare": Shot("/norms/compare/1/2/"),
    "norms_settings": Shot("/norms/settings/"),
    "norms_setting": Shot("/norms/settings/governance.grace_days/"),
    "norms_founding": Shot("/norms/founding/"),
    "proposals": Shot("/proposals/"),
    "new_proposal": Shot("/proposals/new?clause=N5.1&setting=governance.grace_days", "maker"),
    "proposal": Shot("/proposals/{proposal}/", "voter"),
    "revise_proposal": Shot("/proposals/{draft}/revise", "maker"),
    "polls": Shot("/polls/"),
    "poll": Shot("/polls/{poll}/", "voter"),
    "voters": Shot("/polls/{counted}/voters"),
    "new_poll": Shot("/polls/new", "admin"),
    "opinions": Shot("/proposals/{proposal}/opinions/", "voter"),
    "elections": Shot("/elections/", "voter"),
    "election": Shot("/elections/{election}/", "voter"),
    "feedback": Shot("/feedback/"),
    "new_feedback": Shot("/feedback/new?about=clause&target=N5.1", "maker"),
    "feedback_thread": Shot("/feedback/{thread}/", "admin"),
    "licences": Shot("/licences"),
    "licence_newest": Shot("/licences/apache-2.0/", leads_to="/licences/apache-2.0/2.0/"),
    "licence": Shot("/licences/apache-2.0/2.0/"),
    "settings": Shot("/settings/", "maker", leads_to="/settings/profile"),
    "settings_profile": Shot("/settings/profile", "maker"),
    "settings_preferences": Shot("/settings/preferences", "maker"),
    "settings_organisations": Shot("/settings/organisations", "voter"),
    "settings_tokens": Shot("/settings/tokens", "maker"),
    "device": Shot("/oauth/device", "maker"),
    "settings_privacy": Shot("/settings/data", "maker"),
    "erase_account": Shot("/settings/data/erase", "maker"),
    "settings_notices": Shot("/settings/notices", "maker"),
    "new_token": Shot("/settings/tokens/new", "maker"),
    "leaked_token": Shot("/tokens/leaked"),
    "new_organisation": Shot("/organisations/new", "maker"),
    "organisation_settings": Shot("/organisations/lantern/settings", "maker"),
    "organisation_members": Shot("/organisations/lantern/members", "maker"),
    "policies": Shot("/policies"),
    "policy": Shot("/policies/registry.person_gigabytes/"),
    "unsubscribe": Shot("/notices/unsubscribe/{unsubscribe}"),
    "notices": Shot("/notices", "voter"),
    "leaderboards": Shot("/leaderboards/"),
    "leaderboard": Shot("/leaderboards/film-reviews/"),
    "benchmark": Shot("/leaderboards/film-reviews/benchmark"),
    "submissions": Shot("/submissions/", "maker"),
    "new-submission": Shot("/submissions/new", "maker"),
    "submission": Shot("/submissions/{submission}"),
    "run": Shot("/runs/{run}"),
    "log": Shot("/log"),
    "log_keys": Shot("/log/keys"),
    "log_event": Shot("/log/{event}"),
    "job": Shot("/jobs/{job}", "maker"),
    "search": Shot("/search?q=minilm"),
    "models": Shot("/models"),
    "datasets": Shot("/datasets"),
    "new_repo": Shot("/new", "maker"),
    "profile": Shot("/maker"),
    "model_requests": Shot("/maker/minilm-gated/requests", "maker"),
    "dataset_requests": Shot("/datasets/reader_zh/film-comments/requests", "reader_zh"),
    "settings_access": Shot("/settings/access", "voter"),
    "settings_watching": Shot("/settings/watching", "voter"),
    **repo_pages("model", "/maker/minilm", "{head}", "maker", "{comment}"),
    **repo_pages(
        "dataset",
        "/datasets/reader_zh/film-comments",
        "{dataset_head}",
        "reader_zh",
        "{dataset_comment}",
    ),
}
# Pages without a name of their own: a gate, a refusal, an empty search.
STATES: dict[str, Shot] = {
    "state_counted": Shot("/polls/{counted}/"),
    "state_secret": Shot("/polls/{secret}/", "voter"),
    "state_enacted": Shot("/proposals/{enacted}/", "maker"),
    "state_alternative": Shot("/proposals/new?clause=N1.5&rival_of={proposal}", "maker"),
    "state_norms_both": Shot("/norms/2/?language=both"),
    "state_gated": Shot("/maker/minilm-gated", "outsider"),
    "state_lineage": Shot("/maker/minilm-reviews/lineage"),
    "state_two_steps": Shot("/accounts/2fa/", "guarded"),
    "state_dead_confirmation": Shot("/accounts/confirm-email/none-such/"),
    "state_dead_reset": Shot("/accounts/password/reset/key/1-none/"),
    "state_missing": Shot("/nobody/nothing", status=404),
    "state_home_signed_in": Shot("/", "maker"),
    "state_nothing_found": Shot("/models?q=nothing-is-called-so"),
}
# What has a name and is no page, with the reason.
NOT_PAGES: dict[str, str] = {
    **dict.fromkeys(
        [
            "set_language",
            "set_theme",
            "policy_report",
            "notices_read",
            "notices_feed_renew",
            "revoke_token",
        ],
        "POST only",
    ),
    **dict.fromkeys(
        [f"organisation_{deed}" for deed in ("invite", "withdraw", "answer", "role", "remove")],
        "POST only",
    ),
    **dict.fromkeys(["organisation_leave", "cancel-run", "cancel_job"], "POST only"),
    **dict.fromkeys(
        [
            f"{kind}_{deed}"
            for kind in ("model", "dataset")
            for deed in ("ask_access", "decide_access", "move", "delete", "watch", "like", "remove")
        ],
        "POST only",
    ),
    **dict.fromkeys(["ask_archive", "withdraw_access"], "POST only"),
    **dict.fromkeys(["model_feed", "dataset_feed", "notices_feed"], "Atom"),
    **dict.fromkeys(["model_sha256sums", "dataset_sha256sums"], "a file to check with"),
    **dict.fromkeys(
        [f"{deed}_proposal" for deed in ("submit", "withdraw", "support", "comment", "adopt")],
        "POST only",
    ),
    **dict.fromkeys(
        [f"{deed}_feedback" for deed in ("answer", "react", "decline", "merge")], "POST only"
    ),
    "answer_device": "POST only",
    **dict.fromkeys(["state_opinion", "judge_statement"], "POST only"),
    **dict.fromkeys(["call_election", "appoint", "assent", "resign"], "POST only"),
    **dict.fromkeys(["stand", "nominate", "withdraw_candidacy"], "POST only"),
    **dict.fromkeys(["model_discussion_do", "dataset_discussion_do"], "POST only"),
    **dict.fromkeys(["withdraw_support", "add_coauthor", "vote", "annul_poll"], "POST only"),
    **dict.fromkeys(
        [
            "norms_json",
            "norms_markdown",
            "norms_feed",
            "proposals_feed",
            "feedback_feed",
            "poll_export",
        ],
        "no HTML",
    ),
    **dict.fromkeys(["norms_choose"], "leads to the comparison's own address"),
    **dict.fromkeys(["archive"], "a file to keep"),
    **dict.fromkeys(["leaderboard-table"], "CSV"),
    **dict.fromkeys(["model_download", "dataset_download"], "sends to the bytes"),
    **dict.fromkeys(["healthz", "licence_text", "settings_totp_qr"], "no HTML"),
    **dict.fromkeys(["receipt", "licence_terms", "mfa_login_webauthn"], "JSON"),
    **dict.fromkeys(["run-progress", "job_progress"], "a fragment of its page"),
    **dict.fromkeys(["notice"], "marks it read and sends to its page"),
    **dict.fromkeys(["account_set_password"], "everybody here has a password: redirects"),
    **dict.fromkeys(["account_confirm_login_code"], "login codes are off: redirects"),
    **dict.fromkeys(["mfa_download_recovery_codes"], "a file to keep"),
}
PROGRAMS = ("admin/", "api/")


def named(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, pattern) of every address that is for people."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if pattern.startswith(PROGRAMS):
            continue
        if isinstance(entry, URLResolver):
            yield from named(entry, pattern)
        elif isinstance(entry, URLPattern):
            yield entry.name or "", pattern
