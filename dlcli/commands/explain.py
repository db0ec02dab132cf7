"""dlcli explain"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

Name = Annotated[str | None, typer.Argument(metavar="NAME", show_default=False,
                                            help="Such as linear, losses, training.early_stop, adam.learning_rate.")]


def command(name: Name = None, json: o.Json = False):
    """Explain a layer, a loss, an option or a section.

    Without NAME, list all that a config can name.
    """
    import shutil

    from dlcli import api
    from dlcli.config.explain import WIDTH, text_of
    from dlcli.terminal import screen

    document = api.explain(name)
    if json:
        screen.emit(document)
    else:
        width = min(WIDTH, shutil.get_terminal_size((WIDTH, 40)).columns - 1)
        screen.say(*"\n\n".join(text_of(one, width) for one in document["found"]).split("\n"))
