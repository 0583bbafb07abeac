"""The LFS batch API: where large files are sent to and fetched from."""
