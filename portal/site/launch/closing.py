"""One closing line for several runs of pytest, in pytest's own words."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ORDER = ("failed", "passed", "skipped", "xfailed", "errors")


@dataclass
class Outcome:
    """What came of all runs; a failed step that is no test counts as an error."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, reports: list[Path], failed_steps: list[str]) -> "Outcome":
        """Read pytest's JUnit reports. A run without one broke before its end: an error."""
        outcome = cls()
        for report in reports:
            if report.exists():
                outcome._add(ElementTree.parse(report).getroot())
            else:
                outcome.counts["errors"] += 1
        outcome.counts["errors"] += len(failed_steps)
        return outcome

    def _add(self, report: ElementTree.Element) -> None:
        for case in report.iter("testcase"):
            result = case.find("failure"), case.find("error"), case.find("skipped")
            failure, error, skipped = result
            if failure is not None:
                self.counts["failed"] += 1
            elif error is not None:
                self.counts["errors"] += 1
            elif skipped is not None:
                expected = skipped.get("type") == "pytest.xfail"
                self.counts["xfailed" if expected else "skipped"] += 1
                if not expected:
                    self.reasons[f"{case.get('classname')}: {skipped.get('message')}"] += 1
            else:
                self.counts["passed"] += 1

    def skips(self) -> list[str]:
        """Return one line per reason for which tests were skipped."""
        return [f"SKIPPED [{count}] {reason}" for reason, count in sorted(self.reasons.items())]

    def line(self, seconds: float) -> str:
        """Return pytest's closing line: `==== 3 failed, 120 passed in 61.20s (0:01:01) ====`."""
        told = [self._told(word) for word in ORDER if self.counts[word]] or ["no tests ran"]
        minutes, rest = divmod(int(seconds), 60)
        clock = f" ({minutes // 60}:{minutes % 60:02}:{rest:02})" if seconds >= 60 else ""
        return f" {', '.join(told)} in {seconds:.2f}s{clock} ".center(80, "=")

    def _told(self, word: str) -> str:
        count = self.counts[word]
        return f"{count} {'error' if word == 'errors' and count == 1 else word}"
