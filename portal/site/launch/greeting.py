"""What `up` prints once the first page answers."""

from portal.site.launch import demo
from portal.site.launch.places import ROOT, VENV
from portal.site.launch.plan import Plan

RULE = "-" * 78
GATED = "openweights-lab/minilm-l6-further"


def text(plan: Plan) -> str:
    """Return the address, the demo people and the first three things to try."""
    lines = ["", RULE, f"  Commonhold runs at {plan.public_url}   (Ctrl-C stops it)"]
    people = demo.people(plan.data)
    if people:
        lines += ["", "  Demo people        user name     password"]
        for part, person in people.items():
            code = f"   one-time code: ./commonhold code {part}" if person["totp_secret"] else ""
            lines.append(f"    {part:15}  {person['username']:12}  {person['password']}{code}")
        lines += ["", *_things_to_try(plan)]
    else:
        words = "create_member HANDLE EMAIL --superuser"
        lines += [
            "",
            "  Make the first account (it prints the password):",
            f"    {_manage(plan, words)}",
        ]
    return "\n".join([*lines, RULE])


def _things_to_try(plan: Plan) -> list[str]:
    url = plan.public_url
    return [
        "  First things to try:",
        f"    1. Sign in as maker and look at the models: {url}/models",
        f"    2. Accept the licence of a gated model: {url}/{GATED}",
        "       then download it with the stock client:",
        f"       export HF_ENDPOINT={url} HF_TOKEN=<a token from {url}/settings/tokens>",
        f"       {_beside_us('hf')} download {GATED}",
        f"    3. See the first fine-tune evaluated: {url}/leaderboards",
    ]


def _manage(plan: Plan, words: str) -> str:
    """Return a command of `manage.py` on this data folder, as it is typed in the tree."""
    named = "" if plan.data == ROOT / "var" else f"COMMONHOLD_DATA={plan.data} "
    return f"{named}{_beside_us('python')} manage.py {words}"


def _beside_us(program: str) -> str:
    path = VENV / "bin" / program
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
