"""The program: gathers the commands, and is the one place where an error becomes text and an exit status."""

import errno
import gc
import os
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Annotated

import typer
from typer.exceptions import TyperException

from dlcli import __version__
from dlcli.commands import (
    check,
    compare,
    datasets,
    evaluate,
    explain,
    explain_prediction,
    generate,
    gradcheck,
    init,
    inspect_gradients,
    predict,
    resume,
    runs,
    schema,
    train,
)
from dlcli.errors import DlcliError, Exit, StorageError, UsageError
from dlcli.notices import Notice, listening
from dlcli.storage.machine import unsupported

COMMANDS = {
    "init": init,
    "check": check,
    "train": train,
    "resume": resume,
    "evaluate": evaluate,
    "predict": predict,
    "generate": generate,
    "explain-prediction": explain_prediction,
    "inspect-gradients": inspect_gradients,
    "gradcheck": gradcheck,
    "runs": runs,
    "compare": compare,
    "datasets": datasets,
    "explain": explain,
    "schema": schema,
}
"""In the order in which a newcomer needs them."""
STORAGE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
}
"""Failures of the system, not of the program."""
TONE = {r"Value error, ": "", r"Input should be a valid integer.*": "expected a whole number",
        r"Unable to parse input string as an integer.*": "expected a whole number of fewer digits",
        r"Input should be less than or equal to (\S+)": r"expected \1 or less",
        r"Input should be greater than or equal to (\S+)": r"expected \1 or more",
        r"Got unexpected extra argument\(?s?\)? \((.*)\)": r"nothing more is taken, got \1"}
"""Typer's words for a value that does not fit, and ours."""
EPILOG = """\b
Exit status: 0 ok, 1 a bug in dlcli, 2 usage, 3 config, 4 data, 5 run or checkpoint, 6 numerical failure,
7 disk or permission, 8 check failed, 130 and 143 interrupted."""

app = typer.Typer(
    name="dlcli",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
for name, module in COMMANDS.items():
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name)(module.command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dlcli {__version__}")
        raise typer.Exit()


@app.callback()
def dlcli(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
):
    """Train, check, explain and evaluate neural networks from one YAML file, in NumPy.

    \b
    Begin with:   dlcli init classification       write a starter config
                  dlcli train classification.yaml
    Every command prints one JSON document on stdout with --json.
    """


@cache
def program() -> Callable:
    """The commands as Typer sees them. It takes a while to look at all of their options, and needs to once."""
    return typer.main.get_command(app)


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    if problem := unsupported():
        print(problem, file=sys.stderr)
        return Exit.USAGE
    _open_streams()
    # read once, when NumPy is imported
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    # looking for some takes as long as all of our own imports
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # a fifth of the start would go into looking for garbage among imports; whoever works longer turns it on
    gc.disable()
    for variable in ("COLUMNS", "LINES"):       # read by several libraries, of which not all look before they compute
        if not re.fullmatch("[1-9][0-9]{0,3}", os.environ.get(variable, "")):
            os.environ.pop(variable, None)
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    try:
        with listening(_heard):
            status = _guarded(arguments, as_json)
        sys.stdout.flush()
        return int(status)
    except OSError as error:            # stdout itself has failed, so there is nobody to tell it to there
        _silence(sys.stdout)
        return _report(error, False) if error.errno != errno.EPIPE else Exit.OK
    finally:
        try:
            sys.stderr.flush()
        except OSError:     # what is left for it would fail again at exit, and change the status
            _silence(sys.stderr)


def _heard(notice: Notice) -> None:
    """Loads what writes to the screen only if there is something to say."""
    from dlcli.terminal.listener import stderr

    stderr(notice)


def _guarded(arguments: list[str], as_json: bool) -> int:
    try:
        status = program()(arguments, prog_name="dlcli", standalone_mode=False) or Exit.OK
        # typer's own, so no command has printed anything
        if status == Exit.INTERRUPTED and not isinstance(status, Exit) and as_json:
            from dlcli.terminal.screen import emit

            emit({"error": {"status": status, "where": "dlcli", "problem": "interrupted", "hint": None}})
        return status
    except SystemExit:                  # typer's way to say that a pipe is closed
        _silence(sys.stdout)
        return Exit.OK
    except TyperException as error:
        if not arguments:               # no mistake: whoever says nothing wants to know what there is
            with suppress(OSError):
                error.show()
            return Exit.USAGE
        return _report(_misuse(error, arguments), as_json)
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    except Exception as error:
        return _report(error, as_json)


def _misuse(error: TyperException, arguments: list[str]) -> UsageError:
    """What typer has against the command line, told as every other error is."""
    for theirs, ours in TONE.items():
        error.message = re.sub(theirs, ours, error.message)
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    said = error.message if option else error.format_message()
    problem, _, meant = said.removesuffix(".").partition(". Did you mean ")
    command = context.command_path if context else "dlcli"
    usage = " ".join(context.get_usage().removeprefix("Usage: ").split()) if context else "dlcli COMMAND"
    hint = f"did you mean {meant}" if meant else f"{usage}; `{command} -h` says more"
    if option and context:
        from dlcli.terminal import usage as usages

        known = {parameter.name: parameter.opts for parameter in context.command.params}
        hint = usages.meant(option, sum(known.values(), []), arguments, "overrides" in known) or hint
    return UsageError(command, problem[:1].lower() + problem[1:], hint)


def _report(error: Exception, as_json: bool) -> int:
    """Say on stderr, and with --json on stdout as well, what went wrong. Returns the exit status."""
    known = _known(error)
    from dlcli.terminal.screen import complain, emit

    if known is None:
        complain("".join(traceback.format_exception(error)).rstrip())
        known = DlcliError(
            "dlcli", f"{type(error).__name__}: {error}", "this is a bug in dlcli; please report it with the lines above"
        )
    complain(known)
    if as_json:
        try:
            emit(known.document())
        except OSError as failure:
            _silence(sys.stdout)
            return known.status if failure.errno == errno.EPIPE else Exit.IO
    return known.status


def _known(error: Exception) -> DlcliError | None:
    """The error in the user's terms; None for a bug."""
    if isinstance(error, DlcliError):
        return error
    if isinstance(error, MemoryError):
        return StorageError("memory", f"not enough of it{f': {error}' if str(error) else ''}",
                            "`dlcli check CONFIG` tells what takes it in training; of new rows, give fewer at a time")
    if isinstance(error, FileNotFoundError) and _homeless():
        return StorageError("the current folder", "it is no longer there", "`cd` to another one")
    if isinstance(error, OSError) and error.errno in STORAGE:
        return StorageError(
            str(error.filename or "output"), error.strerror.lower(), "see whether there is space and permission"
        )
    return None


def _homeless() -> bool:
    """Whether the current folder was deleted."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _open_streams() -> None:
    """Give a closed stdin, stdout or stderr a place where all is lost, before the next file that is opened gets its
    number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)          # gets the lowest number that is free, which is this one
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _silence(stream) -> None:
    """Let what is left in a broken stream's buffer go nowhere, without a word at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
