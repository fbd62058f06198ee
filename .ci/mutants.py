"""Reads the reports of .ci/mutation: `spans FOLDER REPORT` names the places of its survivors, `report FOLDER REPORT...` counts the mutants of all rounds."""
import collections
import json
import sys

NOTICED, MISSED = ("Killed", "Timeout"), ("Survived", "NoCoverage")


def files(report, folder):
    return {path: file for path, file in json.load(open(report))["files"].items() if f"/{folder}/" in path}


def spans(folder, report):
    """Patterns for the next round, which mutates nothing else: a file, and in braces from where to where."""
    patterns = []
    for path, file in files(report, folder).items():
        starts = [0]
        for line in file["source"].split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        places = {tuple(starts[mutant["location"][end]["line"] - 1] + mutant["location"][end]["column"] - 1 for end in ("start", "end"))
                  for mutant in file["mutants"] if mutant["status"] in MISSED}
        if places:
            patterns.append("**/" + path.split("/")[-1] + "".join("{%d..%d}" % place for place in sorted(places)))
    print(json.dumps(patterns))


def mutants(report, folder):
    """The state of each mutant, by where it stands and what it is."""
    known = {}
    for path, file in files(report, folder).items():
        for mutant in file["mutants"]:
            start, end = mutant["location"]["start"], mutant["location"]["end"]
            known[path.split("/")[-1], start["line"], start["column"], end["line"], end["column"], mutant["mutatorName"], mutant["replacement"]] = mutant["status"]
    return known


def report(folder, first, *later):
    known = mutants(first, folder)
    for name in later:
        for mutant, state in mutants(name, folder).items():
            if state in NOTICED and known.get(mutant) in MISSED:
                known[mutant] = state
    counts = collections.Counter(known.values())
    noticed, missed = (sum(counts[state] for state in states) for states in (NOTICED, MISSED))
    print(f"| `{folder}` | {100 * noticed / max(1, noticed + missed):.1f} % | {noticed} of {noticed + missed} | {counts['CompileError']} of {len(known)} |")
    for (name, line, _, _, _, kind, replacement), state in known.items():
        if state in MISSED:
            print(f"  {name}:{line} {kind}: {' '.join(replacement.split())[:100]} ({state})")


{"spans": spans, "report": report}[sys.argv[1]](*sys.argv[2:])
