"""The Hugging Face Hub wire protocol and nothing else: one file a resource, no business rule."""
