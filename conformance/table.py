"""Results: what one module's run came to, and the tables made of many."""

import json
from dataclasses import asdict, dataclass, field

COLUMNS = ("passed", "warning", "failed", "skipped", "review")
REVIEW = "`review`: passed, and the suite keeps a page that a person should look at before certification."
TELLING = ("FAILURE", "WARNING", "SKIPPED")
# Fields of a log entry that say nothing about why a condition failed, or say it at page length.
QUIET = {"_id", "blockId", "body_json", "current_dom", "error_class", "headers", "mapped", "msg", "page_source", "result"}
QUIET |= {"cause_stacktrace", "commands", "content_type", "error", "requirements", "src", "stacktrace", "testId", "testOwner", "time"}


@dataclass
class Outcome:
    """How one module ended, with the conditions that kept it from passing."""

    plan: str
    module: str
    result: str
    seconds: float
    reasons: list = field(default_factory=list)
    looks: list = field(default_factory=list)
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


def looks(log):
    """What a person should look at, each with the page that the suite's browser kept for it."""
    return [
        (entry.get("msg", ""), entry["page_source"])
        for entry in log
        if entry.get("result") == "REVIEW" and entry.get("page_source")
    ]


def as_text(outcomes, plans, seconds):
    """The table for a terminal, then what is not a plain pass."""
    rows = [tuple(map(str, row)) for row in _rows(outcomes, plans, seconds)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_pad(cell, width, at) for at, (cell, width) in enumerate(zip(row, widths))) for row in rows]
    return "\n".join([*lines, *_grouped(outcomes)])


def as_markdown(outcomes, plans, seconds, heading):
    """The same for `RESULTS.md`."""
    head, *rows = _rows(outcomes, plans, seconds)
    lines = ["# Conformance results", "", heading, "", REVIEW, "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    notes = _grouped(outcomes)
    if notes:
        lines += ["", "```", *notes, "```"]
    return "\n".join(lines) + "\n"


def as_data(outcomes):
    """The same for programs."""
    return [asdict(outcome) for outcome in outcomes]


def _rows(outcomes, plans, seconds):
    yield ("plan", "variant", "modules", *COLUMNS, "pages", "seconds")
    for name in dict.fromkeys(outcome.plan for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.plan == name]
        variant = ", ".join(value for value in plans[name].variant.values() if value != "default")
        yield (name, variant, *_counts(mine), round(sum(outcome.seconds for outcome in mine)))
    yield ("all", "", *_counts(outcomes), round(seconds))


def _counts(outcomes):
    results = [sum(outcome.result == column for outcome in outcomes) for column in COLUMNS]
    return (len(outcomes), *results, sum(len(outcome.looks) for outcome in outcomes))


def _grouped(outcomes):
    """Each module that did not plainly pass, once for each way in which it did not, with the reasons and the plans."""
    groups = {}
    for outcome in outcomes:
        if outcome.result == "passed":
            continue
        module, *which = outcome.module.split(" ", 1)
        ways = tuple(reason[:2] for reason in map(tuple, outcome.reasons)) if not outcome.acceptable() else ()
        where = f"{outcome.plan} {which[0]}" if which else outcome.plan
        groups.setdefault((outcome.result, module, outcome.allowed, ways), []).append((where, outcome))
    lines = []
    for (result, module, _, _), found in sorted(groups.items(), key=lambda item: item[0][:2]):
        lines.append(f"{result:8} {module}, in {', '.join(where for where, _ in found)}")
        lines += [f"         {why}" for why in _why(found[0][1])]
    return lines


def _why(outcome):
    """Why a person should look, why the skip is right, or what went wrong."""
    if outcome.allowed:
        return [outcome.allowed]
    if outcome.acceptable():
        return list(dict.fromkeys(outcome.looks))
    return [f"{severity} {condition}: {message}" for severity, condition, message in outcome.reasons[:5]]


def _message(entry):
    facts = [f"{key}={_short(value)}" for key, value in entry.items() if key not in QUIET]
    cited = " ".join(entry.get("requirements") or [])
    return " ".join(part for part in (entry.get("msg"), cited and f"[{cited}]", *facts) if part)


def _short(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _pad(cell, width, at):
    return cell.ljust(width) if at < 2 else cell.rjust(width)
