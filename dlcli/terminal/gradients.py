"""The document of `gradcheck` for people."""

from dlcli.terminal.screen import say, table
from dlcli.text import listed, number


def show(document: dict) -> None:
    """A line for each parameter array, and the verdict."""
    if not document["differentiable"]:
        say(
            f"Not compared: {listed(document['layers'])} has no derivative, and learning rules beside gradients need "
            "none."
        )
        return
    rows = [[row["name"], number(row["analytic"]), number(row["numeric"]), f"{row['error']:.1e}", row["redrawn"] or ""]
            for row in document["parameters"]]
    table(["parameters", "backward", "difference", "relative error", "redrawn"], rows)
    say()
    if document["redrawn"]:
        say(f"{document['redrawn']} directions crossed a kink and were drawn again.")
    verdict = "Passed" if document["passed"] else "Failed"
    say(f"{verdict}: the largest relative error is {document['error']:.1e}, the limit {document['tolerance']:.0e}.")
