"""What may be evaluated: rules in pure Python, before any loader opens a member's file. No Django.

`examine(files, task)` reads headers and small JSON files only. The format and class allow-list is
the control; nothing here or elsewhere calls a file safe.
"""

from finetuning.acceptance.examine import examine
from finetuning.acceptance.report import Accepted, File, Finding, Report, ScanState

__all__ = ["Accepted", "File", "Finding", "Report", "ScanState", "examine"]
