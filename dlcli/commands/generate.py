"""dlcli generate"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

Prompt = Annotated[str | None, typer.Option("--prompt", metavar="TEXT", show_default=False,
                                            help="What the network goes on with. Default: the end of a line.")]
Tokens = Annotated[int, typer.Option("--tokens", "-n", min=1, metavar="N", help="How many tokens are written.")]
Temperature = Annotated[float, typer.Option("--temperature", min=0, metavar="T",
                                            help="Below 1 the likely becomes likelier; 0 takes the likeliest.")]
TopK = Annotated[int | None, typer.Option("--top-k", min=1, metavar="K", show_default=False,
                                          help="Draw among the K likeliest only.")]
TopP = Annotated[float | None, typer.Option("--top-p", metavar="P", show_default=False,
                                            help="Draw among the likeliest that together have the probability P.")]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="The same one writes the same text.")]


def command(
    run: o.RunName, prompt: Prompt = None, tokens: Tokens = 500, temperature: Temperature = 1.0, top_k: TopK = None,
    top_p: TopP = None, seed: Seed = 0, checkpoint: o.Which = None, runs: o.Runs = o.RUNS, json: o.Json = False,
    quiet: o.Quiet = False,
):
    """Go on with a text as a network would that was trained on `data.source.text`.

    The text is printed as it is drawn, one token at a time; the state goes on from step to step, so that each costs the
    same.
    """
    from dlcli import api
    from dlcli.errors import Exit
    from dlcli.terminal import screen, writing

    show = None if json else writing.shown(prompt)
    document = api.generate(run, prompt, tokens=tokens, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed,
                            each=show, checkpoint=checkpoint, runs=runs)
    screen.present(document, json, writing.end)
    return Exit.OK
