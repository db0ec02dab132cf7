"""The document of `explain-prediction` for people."""

from dlcli.terminal.screen import say
from dlcli.text import number


def show(document: dict) -> None:
    """The answer, what it hangs on in numbers, and where the picture is."""
    say(f"{document['input']}: {document['answer']}")
    if document["others"]:
        say(document["others"])
    say()
    score, base = document["score"], document["baseline_score"]
    say(f"{document['score_of']}: {number(score)}, of {document['baseline']} {number(base)}")
    say(f"sum of the integrated gradients: {number(document['attribution_sum'])} of {number(score - base)}, "
        f"{100 * document['relative_error']:.2g} % off with {document['steps']} steps")
    if document["relative_error"] > 0.01:
        say("that is more than a per cent: take the map as a sketch")
    say(f"picture in {document['file']}")
