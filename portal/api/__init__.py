"""The REST API under `/api/v1/`: a door to the foundation's rooms. Apps add their own views."""
