"""Says how many scripts a run took, where these tests alone are asked for."""

from collections import Counter

COUNTED = ("scripts", "orders", "bought", "deaths", "violations")


def pytest_terminal_summary(terminalreporter):
    told = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            of_run = dict(report.user_properties)
            if report.when == "call" and "scripts" in of_run:
                told.update({name: of_run[name] for name in COUNTED})
                told["secs"] += report.duration
    if told:
        counts = ", ".join(f"{told[name]} {name}" for name in COUNTED)
        a_minute = told["scripts"] * 60 / told["secs"]
        terminalreporter.write_line(
            f"{counts}; {a_minute:.0f} scripts a minute and process"
        )
