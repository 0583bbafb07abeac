"""The only place where roles are read: `decide(actor, verb, object)`.

Each app contributes, in its `access.py`, one `Table` per kind of object: which roles a person can
have towards it, and which of them may do which verb. The tests walk every table.

The order of the questions: may the actor know of the object at all (else it is missing, for
everybody alike), may one of the actor's roles do the verb, is the person in good standing, did they
accept the terms and norms, does the credential cover it. No credential outranks the
person behind it.
"""

from portal.access.actor import Actor
from portal.access.decisions import Decision, allowed, decide, require
from portal.access.refusals import Suspended, TokenScope
from portal.access.tables import ANYONE, MEMBER, TABLES, Table, contribute, table_of

__all__ = [
    "ANYONE",
    "MEMBER",
    "TABLES",
    "Actor",
    "Decision",
    "Suspended",
    "Table",
    "TokenScope",
    "allowed",
    "contribute",
    "decide",
    "require",
    "table_of",
]
