"""dlcli schema"""

from dlcli.commands import _options as o


def command(json: o.Json = False):
    """Print the JSON Schema of configs, from which editors complete and check them.

    \b
    dlcli schema > dlcli.schema.json
    Then the first line of a config:  # yaml-language-server: $schema=dlcli.schema.json
    """
    from dlcli import api
    from dlcli.terminal.screen import emit

    emit(api.schema())
