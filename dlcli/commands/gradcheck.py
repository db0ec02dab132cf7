"""dlcli gradcheck"""

from dlcli.commands import _options as o


def command(config: o.Config, overrides: o.Overrides = None, runs: o.Runs = o.RUNS, json: o.Json = False,
            quiet: o.Quiet = False):
    """Compare backpropagation with numeric gradients.

    Each parameter array of your own network, along random directions, in float64. Status 8 where they differ by more
    than 1e-6, relative.
    """
    from dlcli.api import _experiment
    from dlcli.errors import Exit
    from dlcli.terminal import screen
    from dlcli.training.gradcheck import check

    document = check(_experiment.load(config, overrides, runs).experiment)
    if json:
        screen.emit(document)
    else:
        _show(document)
    return Exit.OK if document["passed"] else Exit.CHECK_FAILED


def _show(document: dict) -> None:
    from dlcli.terminal.screen import listed, number, say, table

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
