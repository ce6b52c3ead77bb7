"""The survivors that are known, each with the reason why no test tells it from the code:

    FILE: FUNCTION: BEFORE → AFTER: REASON

BEFORE and AFTER are the lines of code as `make mutants` prints them. What is written here still
counts as a survivor.
"""

import os
import pathlib

from changes import changes, describe


def name_of(path, text, found):
    _, before, after = describe(text, found.change)
    return f"{path}: {found.function}: {before} → {after}"


def read(path):
    """{name: reason}. Ends the run if an entry names code that is not there, or gives no reason."""
    names, reasons, wrong = {}, {}, []
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        file = line.partition(": ")[0]
        if file not in names:
            names[file] = names_in(file)
        # A colon may be part of the code: the longest name that fits.
        name = max((name for name in names[file] if line.startswith(name + ": ")), key=len, default="")
        reason = line[len(name) + 2:].strip()
        if not name or not reason:
            wrong.append(f"{path}:{number}: no such change can be made, or no reason is given: {line}")
        reasons[name] = reason
    if wrong:
        raise SystemExit("\n".join(wrong))
    return reasons


def names_in(file):
    if not os.path.isfile(file):
        return set()
    text = pathlib.Path(file).read_text()
    return {name_of(file, text, found) for found in changes(text) if not found.left_out}
