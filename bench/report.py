"""Figures as a person reads them: tables, ratios, and what was reached of what was set out for."""

import statistics

ALGORITHMS = ["RS256", "ES256"]
SCENARIOS = ["discovery", "jwks", "client_credentials", "login", "sso", "sso, encrypted", "refresh", "refresh, encrypted"]
SCENARIOS += ["userinfo", "introspection"]
TITLES = {"jwks": "JWKS", "sso": "SSO code flow", "login": "full login"}
TITLES["sso, encrypted"] = "SSO code flow, encrypted ID token"
TITLES["refresh, encrypted"] = "refresh, encrypted ID token"
OURS = ["signet", "signet, cheapest hash"]
# Per operation.
SIGNATURES = {"client_credentials": 1, "login": 1, "sso": 1, "sso, encrypted": 1, "refresh": 1, "refresh, encrypted": 1}
HASHES = {"login": 1}
# How many times less CPU than the peer Signet should need.
GOALS = {
    ("RS256", "sso"): 2.0,
    ("RS256", "refresh"): 1.6,
    ("RS256", "client_credentials"): 1.6,
    ("ES256", "sso"): 4.0,
    ("ES256", "refresh"): 4.0,
    ("ES256", "client_credentials"): 4.0,
    **{(algorithm, name): 4.0 for algorithm in ALGORITHMS for name in ("userinfo", "introspection")},
    **{(algorithm, "discovery"): 3.0 for algorithm in ALGORITHMS},
}
COLD_START_MS, RSS_MIB = 50, 20
# By hand, at the end of the results.
INSTRUCTIONS = "## Instructions"


def medians(runs):
    """(who, algorithm) → the median of every figure over the rounds."""
    return {key: _median_of(rounds) for key, rounds in runs.items()}


def _median_of(rounds):
    result = {name: statistics.median(run[name] for run in rounds) for name in START}
    for scenario in SCENARIOS:
        found = [entry for run in rounds for entry in run["results"] if entry["scenario"] == scenario and _counted(entry)]
        if found:
            result[scenario] = {name: statistics.median(entry[name] for entry in found) for name in FIGURES}
    return result


def _counted(entry):
    # The kernel's account has steps of 10 ms: below one, nothing can be said.
    return entry["rate"] > 0 and entry["server_cpu_ms_per_op"] > 0


START = ["cold_start_ms", "rss_start_mib", "rss_end_mib", "rss_peak_mib"]
FIGURES = ["rate", "server_cpu_ms_per_op", "p50_ms", "p99_ms", "exchanges_per_op", "server_cpu_pct", "driver_cpu_pct"]


def instructions(earlier):
    """What `bench/instructions` counted, which no run of this measures again."""
    found = earlier.find(INSTRUCTIONS)
    return "" if found < 0 else f"\n{earlier[found:]}"


def errors(runs):
    """A line for each scenario in which an operation failed, or none was finished."""
    lines = []
    for (who, algorithm), rounds in runs.items():
        for entry in (entry for run in rounds for entry in run["results"]):
            name = f"{who} {algorithm} {entry['scenario']}"
            if entry["errors"]:
                lines.append(f"{name}: {entry['errors']} failed: {entry['first_error']}")
            elif not _counted(entry):
                lines.append(f"{name}: nothing was finished in time")
    return lines


def floor(scenario, algorithm, exchanges, limits):
    """The CPU that the signatures, password checks and bare requests of an operation cost on this machine, in ms."""
    return (
        exchanges * limits["request"]
        + SIGNATURES.get(scenario, 0) * limits[algorithm]
        + HASHES.get(scenario, 0) * limits["Argon2id"]
    )


def markdown(facts, limits, results, options):
    """The whole report."""
    parts = [_heading(facts, options), _limits(limits)]
    for algorithm in ALGORITHMS:
        parts.append(_table(algorithm, limits, results))
    parts += [_start(results), _goals(results), NOTES]
    return "\n".join(parts)


def _heading(facts, options):
    pinned = (
        "The server had one core to itself and the driver another."
        if facts["pinned"]
        else "Server and driver shared the cores: there are not two, or no `taskset`."
    )
    load = " to ".join(f"{value:.1f}" for value in facts["load"])
    return f"""# Signet and its peer on one machine

`bench/run` wrote this on {facts["date"]}: {facts["signet"]}; {"; ".join(facts["peers"]) or "no peer"}.
{facts["processor"]}, {facts["memory"]}, {facts["system"]}, store on {facts["disk"]}.

{options.connections} connections in a closed loop, medians of {_rounds(options)} of {options.seconds} s, each on a freshly started server.
{pinned} Load average of the machine: {load}.
Far above one, other work took its share: then compare CPU per operation, which changes less than rates and latencies do.
"""


def _rounds(options):
    return f"{options.rounds} rounds" if options.rounds > 1 else "one round"


def _limits(limits):
    names = {
        "RS256": "RS256 signature, 2048 bits",
        "ES256": "ES256 signature",
        "request": "bare HTTP request",
        "Argon2id": "password check: Argon2id, 19 MiB, two passes",
    }
    rows = [f"| {title} | {limits[name]:.4f} | {1000 / limits[name]:.0f} |" for name, title in names.items()]
    head = ["## This machine's limit", "", "| on one core | CPU ms each | per CPU second |", "|---|--:|--:|"]
    return "\n".join([*head, *rows, "", "The limit of an operation is the sum of those it cannot do without.", ""])


def _table(algorithm, limits, results):
    signet = results["signet", algorithm]
    cheap = results["signet, cheapest hash", algorithm].get("login")
    others = {who: result for (who, alg), result in results.items() if alg == algorithm and who not in OURS}
    lines = [
        f"## {algorithm}",
        "",
        "| operation | | per second | CPU ms each | per CPU second | p50 ms | p99 ms | to the peer | to the limit |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for scenario in [name for name in SCENARIOS if name in signet]:
        peers = {who: result[scenario] for who, result in others.items() if scenario in result}
        least = floor(scenario, algorithm, signet[scenario]["exchanges_per_op"], limits)
        lines.append(_row(TITLES.get(scenario, scenario), "Signet", signet[scenario], peers, least))
        if scenario == "login" and cheap:
            least -= limits["Argon2id"]
            lines.append(_row("full login, the cheapest hash there is", "Signet", cheap, peers, least))
        lines += [_row("", who, figures) for who, figures in peers.items()]
    return "\n".join(lines) + "\n"


def _row(title, who, figures, peers=None, least=None):
    cpu = figures["server_cpu_ms_per_op"]
    to_peer = " ".join(f"{peer['server_cpu_ms_per_op'] / cpu:.2f}×" for peer in (peers or {}).values())
    to_limit = f"{100 * least / cpu:.0f} %" if least else ""
    return (
        f"| {title} | {who} | {figures['rate']:.0f} | {cpu:.4f} | {1000 / cpu:.0f} | {figures['p50_ms']:.2f} "
        f"| {figures['p99_ms']:.2f} | {to_peer} | {to_limit} |"
    )


def _start(results):
    lines = [
        "## Start and memory",
        "",
        "| | start to first answer, ms | resident after start, MiB | after the load, MiB | peak, MiB |",
        "|---|--:|--:|--:|--:|",
    ]
    for (who, algorithm), result in results.items():
        if who == "signet, cheapest hash":
            continue
        figures = [f"{result['cold_start_ms']:.0f}", *(f"{result[name]:.1f}" for name in START[1:])]
        lines.append(f"| {who}, {algorithm} | {' | '.join(figures)} |")
    return "\n".join(lines) + "\n"


def _goals(results):
    lines = ["## What was reached", "", "| | goal | reached | |", "|---|--:|--:|---|"]
    for (algorithm, scenario), goal in GOALS.items():
        ours = results["signet", algorithm].get(scenario)
        for (who, alg), result in results.items():
            if alg == algorithm and who not in OURS and ours and scenario in result:
                ratio = result[scenario]["server_cpu_ms_per_op"] / ours["server_cpu_ms_per_op"]
                title = f"{TITLES.get(scenario, scenario)}, {algorithm}, against {who}"
                lines.append(f"| {title} | ≥ {goal:.1f}× | {_ratio(ratio, goal)}× | {_word(ratio >= goal)} |")
    for algorithm in ALGORITHMS:
        start, memory = (results["signet", algorithm][name] for name in ("cold_start_ms", "rss_start_mib"))
        lines.append(f"| first answer, {algorithm} | ≤ {COLD_START_MS} ms | {start:.0f} ms | {_word(start <= COLD_START_MS)} |")
        lines.append(f"| after start, {algorithm} | ≤ {RSS_MIB} MiB | {memory:.1f} MiB | {_word(memory <= RSS_MIB)} |")
    return "\n".join(lines) + "\n"


def _ratio(ratio, goal):
    # Rounding must not make a missed goal look reached.
    return f"{ratio:.3f}" if ratio < goal <= round(ratio, 2) else f"{ratio:.2f}"


def _word(reached):
    return "reached" if reached else "missed"


NOTES = """## What differs

- **Durability.** Signet keeps everything in SQLite and answers a write when it is on the disk (WAL, synchronous=FULL, one
  `fdatasync` for all that wait). The peer keeps everything in memory and loses it at a restart. Signet's CPU includes that of
  writing; the waiting shows in its latency only.
- **Passwords.** Signet checks them with Argon2id; the peer's login page compares a constant. The row with the cheapest hash
  (8 KiB, one pass) shows what the rest of a login costs.
- **Pages.** The login takes the peer eight requests (it redirects once more after each page), Signet six.
- **Tokens.** On both: opaque access tokens in the code flow, a JWT for client_credentials, a new refresh token at every use, PKCE,
  an ID token at each sign-in and refresh. Signet's ID tokens carry auth_time, acr, amr, at_hash and sid too, and its JWT access
  tokens have a row in the store, by which they can be revoked; the peer's have none.
- **Encryption.** The rows with encrypted ID tokens add RSA-OAEP-256 with A256GCM to the client's key on both sides; the driver cannot
  open them. The limit does not count it.
- **Threads.** The peer has one thread for requests. Signet has as many as it was given cores: one here.
"""
