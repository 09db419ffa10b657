"""Results: what one module's run came to, and the tables made of many."""

import json
from dataclasses import asdict, dataclass, field

COLUMNS = ("passed", "warning", "failed", "skipped", "review")
REVIEW = "`review`: passed, and the suite keeps a page that a person should look at before certification."
TELLING = ("FAILURE", "WARNING", "SKIPPED")
# Fields of a log entry that say nothing about why a condition failed, or say it at page length.
QUIET = {"_id", "blockId", "current_dom", "error_class", "mapped", "msg", "page_source", "result", "src", "stacktrace"}
QUIET |= {"cause_stacktrace", "commands", "content_type", "error", "requirements", "testId", "testOwner", "time"}


@dataclass
class Outcome:
    """How one module ended, with the conditions that kept it from passing."""

    plan: str
    module: str
    result: str
    seconds: float
    reasons: list = field(default_factory=list)
    allowed: str | None = None

    def acceptable(self):
        """Passed, waiting only for a person's look, or skipped for a written reason."""
        return self.result in ("passed", "review") or (self.result == "skipped" and self.allowed is not None)


def reasons(log):
    """The conditions of a run's log that failed, warned or made it skip: (severity, condition, message)."""
    return [
        [entry["result"].lower(), entry.get("src", ""), _message(entry)]
        for entry in log
        if entry.get("result") in TELLING
    ]


def as_text(outcomes):
    """The table for a terminal, then a line for each thing that is not a plain pass."""
    rows = [("plan", *COLUMNS, "seconds")] + [tuple(map(str, row)) for row in _rows(outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_pad(cell, width, at) for at, (cell, width) in enumerate(zip(row, widths))) for row in rows]
    for outcome in outcomes:
        lines += _details(outcome)
    return "\n".join(lines)


def as_markdown(outcomes, heading):
    """The same for `RESULTS.md`."""
    lines = ["# Conformance results", "", heading, "", REVIEW, "", "| plan | " + " | ".join(COLUMNS) + " | seconds |"]
    lines.append("|---|" + "---|" * (len(COLUMNS) + 1))
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in _rows(outcomes)]
    notes = [line for outcome in outcomes for line in _details(outcome)]
    if notes:
        lines += ["", "```", *notes, "```"]
    return "\n".join(lines) + "\n"


def as_data(outcomes):
    """The same for programs."""
    return [asdict(outcome) for outcome in outcomes]


def _rows(outcomes):
    for plan in dict.fromkeys(outcome.plan for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.plan == plan]
        counts = [sum(outcome.result == column for outcome in mine) for column in COLUMNS]
        yield (plan, *counts, round(sum(outcome.seconds for outcome in mine)))


def _details(outcome):
    if outcome.result == "passed":
        return []
    lines = [f"{outcome.result:8} {outcome.plan}: {outcome.module}" + (f" ({outcome.allowed})" if outcome.allowed else "")]
    if outcome.result != "review":
        lines += [f"         {severity} {condition}: {message}" for severity, condition, message in outcome.reasons[:5]]
    return lines


def _message(entry):
    facts = [f"{key}={_short(value)}" for key, value in entry.items() if key not in QUIET]
    cited = " ".join(entry.get("requirements") or [])
    return " ".join(part for part in (entry.get("msg"), cited and f"[{cited}]", *facts) if part)


def _short(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _pad(cell, width, at):
    return cell.ljust(width) if at == 0 else cell.rjust(width)
