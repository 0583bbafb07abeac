"""Xet's formats: hashes, xorbs, shards and reconstruction plans. No Django, nothing of ours.

Source: the public Xet protocol specification 1.1 and what hf_xet 1.8 puts on the wire. A hash is 32
raw bytes here; its text of 64 hex digits is written only where it meets the protocol. Every reader
takes hostile input: it raises `Malformed`, and its memory is bounded by the limits beside it.
"""

from models_registry.formats.sentences import Fault


class Malformed(Fault):
    """The bytes break a rule of the format."""
