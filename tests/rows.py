"""A row of a table, and everything that must hold for it: one test, which names every check that failed."""

import pytest


def hold(calls):
    """Make every call, (check, *arguments). Those that fail are raised together under their names; none hides
    another."""
    failed, calls = {}, list(calls)
    assert calls, "nothing to hold"
    for check, *arguments in calls:
        try:
            check(*arguments)
        except (Exception, pytest.fail.Exception) as error:
            failed[" ".join([check.__name__, *map(str, arguments)])] = error
    if failed:
        raise BaseExceptionGroup(", ".join(failed), list(failed.values()))
