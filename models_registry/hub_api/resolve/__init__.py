"""`/<ns>/<name>/resolve/<rev>/<path>`: where a file's bytes are, and small files themselves."""
