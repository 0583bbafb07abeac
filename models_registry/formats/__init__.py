"""File formats, pure: nothing of ours and no Django in here."""
