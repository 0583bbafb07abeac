"""What `up` prints once the first page answers."""

from portal.site.launch import demo
from portal.site.launch.plan import Plan

RULE = "-" * 78


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
        lines += ["", "  Make the first account: .venv/bin/python manage.py createsuperuser"]
    return "\n".join([*lines, RULE])


def _things_to_try(plan: Plan) -> list[str]:
    url = plan.public_url
    return [
        "  First things to try:",
        f"    1. Sign in as maker and look at the models: {url}/models",
        "    2. Accept the licence of a gated model, then download it with the stock client:",
        f"       export HF_ENDPOINT={url} HF_TOKEN=<a token from {url}/settings/tokens>",
        "       hf download openweights-lab/minilm-l6-further",
        f"    3. See the first fine-tune evaluated: {url}/leaderboards",
    ]
