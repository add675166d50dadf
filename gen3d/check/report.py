# SPDX-License-Identifier: Apache-2.0
"""What an audit says: rows of a name, a verdict, a number, its limit and what to do.

``fail`` means that the file is broken somewhere it will be used; ``warn`` that an artist should
look; ``skip`` that the check could not be made, with the reason in the hint.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["pass", "warn", "fail", "skip"]
Number = float | int
_MARKS: dict[Status, str] = {"pass": "ok", "warn": "WARN", "fail": "FAIL", "skip": "--"}


@dataclass(frozen=True)
class Row:
    """One check."""

    name: str
    status: Status
    value: Number | str
    limit: str
    hint: str = ""
    """What to do; empty when the row passed."""


@dataclass(frozen=True)
class Report:
    """All checks of one file."""

    path: str
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(row.status != "fail" for row in self.rows)

    def count(self, status: Status) -> int:
        """Number of rows with a verdict."""
        return sum(row.status == status for row in self.rows)

    def to_json(self) -> str:
        """The report as a JSON object: ``path``, ``ok``, ``rows``."""
        rows = [asdict(row) for row in self.rows]
        return json.dumps({"path": self.path, "ok": self.ok, "rows": rows}, ensure_ascii=False)


def at_most(
    name: str,
    value: Number,
    unit: str = "",
    *,
    warn: Number | None = None,
    fail: Number | None = None,
    hint: str,
) -> Row:
    """Row for a number that should be small: above ``warn`` or ``fail`` it gets that verdict."""
    status: Status = "pass"
    if warn is not None and not value <= warn:
        status = "warn"
    if fail is not None and not value <= fail:
        status = "fail"
    limit = warn if warn is not None else fail
    return Row(name, status, _rounded(value), f"<= {limit:g} {unit}".rstrip(), _if(status, hint))


def within(
    name: str, value: Number, low: Number, high: Number, unit: str = "", *, hint: str, worst: Status
) -> Row:
    """Row for a number that should lie in a range; outside it gets the verdict ``worst``."""
    status: Status = "pass" if low <= value <= high else worst
    return Row(
        name, status, _rounded(value), f"{low:g} to {high:g} {unit}".rstrip(), _if(status, hint)
    )


def expect(name: str, value: str, *, good: bool, limit: str, hint: str, worst: Status) -> Row:
    """Row for something that is right or not."""
    status: Status = "pass" if good else worst
    return Row(name, status, value, limit, _if(status, hint))


def _if(status: Status, hint: str) -> str:
    return "" if status == "pass" else hint


def _rounded(value: Number) -> Number:
    return value if isinstance(value, int) else float(f"{value:.4g}")


def format_table(report: Report) -> str:
    """The report as aligned plain text, hints below the rows that need them."""
    wide = max((len(row.name) for row in report.rows), default=0)
    values = max((len(str(row.value)) for row in report.rows), default=0)
    lines = [report.path]
    for row in report.rows:
        mark = _MARKS[row.status]
        lines.append(
            f"  {mark:4}  {row.name:{wide}}  {row.value!s:>{values}}  {row.limit}".rstrip()
        )
        if row.hint:
            lines += textwrap.wrap(row.hint, 92, initial_indent=" " * 8, subsequent_indent=" " * 8)
    verdict = "passes" if report.ok else "does not pass"
    lines.append(f"{report.count('fail')} failed, {report.count('warn')} warnings: {verdict}.")
    return "\n".join(lines)
