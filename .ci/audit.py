#!/usr/bin/env python3
"""Are weaknesses known in the packages we pin? pip-audit asks an advisory service.

Ends with 1 when there are. Where no advisory service can be reached it says "not
audited" and, since nothing was found out, ends with 0; `--strict` (for a release) makes
that a 1, as well as a single package that the service does not know.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PIP_AUDIT = Path(sys.executable).with_name("pip-audit")
LOCKED = (
    "requirements.txt",
    "requirements-embedded.txt",
    "requirements-dev.txt",
    "requirements-boot.txt",
)
SERVICES = ("pypi", "osv")  # asked one after the other, until one answers
LIMIT_SECS = 300

Package = dict[str, Any]


def main() -> int:
    """Ask, print, and say by the exit code what was found out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="not audited is an error")
    options = parser.parse_args()
    for service in SERVICES:
        packages, reason = ask(service)
        if packages is not None:
            return report(packages, service=service, is_strict=options.strict)
        print(f"{service}: {reason}", file=sys.stderr)
    print("not audited: no advisory service reachable")
    return int(options.strict)


def ask(service: str) -> tuple[list[Package] | None, str]:
    """What the service knows about every locked package, or why there is no answer.

    A mirror that knows none of the packages has not answered.
    """
    command = [
        *(str(PIP_AUDIT), "--vulnerability-service", service, "--format", "json"),
        *("--disable-pip", "--require-hashes", "--progress-spinner", "off"),
        *("--timeout", "10"),
    ]
    for name in LOCKED:
        command += ["--requirement", str(ROOT / name)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_SECS, check=False
        )
        packages = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return None, f"no answer within {LIMIT_SECS} s"
    except ValueError:  # pip-audit prints JSON only when it has asked about everything
        return None, (done.stderr.strip().splitlines() or ["no answer"])[-1]
    if all("skip_reason" in package for package in packages):
        return None, "it knows none of our packages"
    return packages, ""


def report(packages: list[Package], *, service: str, is_strict: bool) -> int:
    """Print what is known, and about whom nothing is."""
    weak = [package for package in packages if package.get("vulns")]
    unknown = [package for package in packages if "skip_reason" in package]
    for package in weak:
        for weakness in package["vulns"]:
            fixed = ", ".join(weakness["fix_versions"]) or "no version yet"
            name = f"{package['name']} {package['version']}"
            print(f"{name}: {weakness['id']} (mended in {fixed})")
    for package in unknown:
        print(f"not audited: {package['name']} ({package['skip_reason']})")
    audited = len(packages) - len(unknown)
    print(
        f"audited: {audited} packages by {service}, {len(weak)} with a known weakness"
    )
    return int(bool(weak) or (is_strict and bool(unknown)))


if __name__ == "__main__":
    sys.exit(main())
