"""dlcli gradcheck"""

from dlcli.commands import _options as o


def command(config: o.Config, overrides: o.Overrides = None, runs: o.Runs = o.RUNS, json: o.Json = False,
            quiet: o.Quiet = False):
    """Compare backpropagation with numeric gradients.

    Each parameter array of your own network, along random directions, in float64. Status 8 if they differ by more
    than 1e-6, relative.
    """
    from dlcli import api
    from dlcli.errors import Exit
    from dlcli.terminal import gradients, screen

    document = api.gradcheck(config, overrides or (), runs=runs)
    screen.present(document, json, gradients.show)
    return Exit.OK if document["passed"] else Exit.CHECK_FAILED
