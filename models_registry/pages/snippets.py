"""How to use a repo with the clients that people have."""

from django.conf import settings

from models_registry.models import Repo
from models_registry.models.repos import Kind


def snippets(repo: Repo) -> list[dict[str, str]]:
    """Return how to use the repo with the stock clients, each with its address in it."""
    where = f"export HF_ENDPOINT={settings.PUBLIC_URL}"
    option = "" if repo.kind == Kind.MODEL else "--repo-type dataset "
    found = [{"caption": "hf", "text": f"{where}\nhf download {option}{repo.full_name}"}]
    if repo.kind == Kind.MODEL and repo.library_name in ("", "transformers"):
        code = (
            "from transformers import AutoModel, AutoTokenizer\n\n"
            f'tokenizer = AutoTokenizer.from_pretrained("{repo.full_name}")\n'
            f'model = AutoModel.from_pretrained("{repo.full_name}")'
        )
        found.append({"caption": "transformers", "text": code})
    return found
