"""YAML 1.2 as configs read it: what is a number, what is text, and every refusal, bounded in time and memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.config.text.read import MAX_BYTES, read
from dlcli.config.text.scalars import ScalarError, resolve
from dlcli.config.text.tree import INVALID
from dlcli.errors import ConfigErrors
from tests.counting import lines_run


def plain(text: str | bytes):
    """The values of a text; ConfigErrors with everything that is wrong."""
    tree, _, problems = read(text.encode() if isinstance(text, str) else text, "c.yaml")
    if problems:
        raise ConfigErrors(problems)
    return tree.plain()


def refusals(text: str | bytes) -> list:
    with pytest.raises(ConfigErrors) as caught:
        plain(text)
    return caught.value.problems


@pytest.mark.parametrize(
    "text, value",
    [
        ("1e-3", 1e-3),
        ("1E+3", 1000.0),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.5", -0.5),
        ("+2", 2),
        ("-0", 0),
        ("0", 0),
        ("0.0", 0.0),
        ("0x1F", 31),
        ("0o17", 15),
        ("-7", -7),
        ("9223372036854775807", 2**63 - 1),
        ("12345678901234567890", 12345678901234567890),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("N", "N"),
        ("12:30", "12:30"),
        ("2024-01-31", "2024-01-31"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1_000", "1_000"),
        ("1,5", "1,5"),
        ("0b1", "0b1"),
        ("1e", "1e"),
        ("e3", "e3"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("+", "+"),
        (".", "."),
        ("=", "="),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRuE", "tRuE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", None),
        ("nUll", "nUll"),
        ("None", "None"),
        ("'1'", "1"),
        ('"true"', "true"),
        ('"a\\tb"', "a\tb"),
        ("'it''s'", "it's"),
        ('"\\u00e9"', "é"),
        ("a b", "a b"),
        ("a#b", "a#b"),
        ("a # b", "a"),
        ("C:\\data", "C:\\data"),
        ("{a: 1, b: [2, x]}", {"a": 1, "b": [2, "x"]}),
        ("[]", []),
        ("{}", {}),
        ("|\n  a\n  b", "a\nb\n"),
        (">\n  a\n  b", "a b\n"),
        ("|-\n  a", "a"),
        ("'\N{PILE OF POO}'", "\N{PILE OF POO}"),
        ("/a/b", "/a/b"),
        ("-1e-3", -1e-3),
        ("a-b", "a-b"),
        ("01.5", 1.5),
    ],
)
def test_scalars(text, value):
    if text == "-":
        assert plain("a:\n-") == {"a": [None]}
        return
    found = plain(f"a: {text}\n")["a"]
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\r\nb: 2\r\n",
        "\ufeffa: 1\nb: 2\n",
        "---\na: 1\nb: 2\n...\n",
        "%YAML 1.2\n---\na: 1\nb: 2\n",
        "# x\na: 1 # y\n\n\nb: 2",
        "{a: 1, b: 2}",
        "? a\n: 1\n? b\n: 2\n",
        "\"a\": 1\n'b': 2\n",
    ],
)
def test_forms_of_the_same_mapping(text):
    assert plain(text) == {"a": 1, "b": 2}


@given(
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"
        ),
        max_size=30,
    )
)
def test_quoted_text_comes_back(text):
    quoted = "'" + text.replace("'", "''") + "'"
    assert plain(f"k: {quoted}")["k"] == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-2**63, 2**64 - 1))
def test_numbers_come_back(number):
    found = resolve(repr(number))
    assert found == number and type(found) is type(number)


@given(st.text(alphabet="0123456789+-._eExXoOnaif:tT ~", max_size=12))
def test_a_scalar_means_the_same_on_any_path(text):
    """Only what the core schema calls a number is one: what Python reads beyond that (`1_0`, ` 1`, `nan`) stays
    text."""
    try:
        value = resolve(text)
    except ScalarError:
        return
    if isinstance(value, float):
        assert value == float(text)
    if isinstance(value, int) and not isinstance(value, bool):
        assert value == int(text, 0)


@pytest.mark.parametrize(
    "text, words",
    [
        ("012", "leading zero"),
        ("-007", "leading zero"),
        (".nan", "not a finite number"),
        (".inf", "not a finite number"),
        ("-.INF", "not a finite number"),
        ("1e999", "too large"),
        ("9" * 5000, "64 bits"),
        ("1." + "0" * 1_000_000, "characters"),
        ("18446744073709551616", "64 bits"),
        ("!!python/object/apply:os.system [ls]", "tags"),
        ("!!python/name:os.system", "tags"),
        ("!!set {a}", "tags"),
        ("!!binary aGk=", "tags"),
        ("!!omap [a: 1]", "tags"),
        ("!custom x", "tags"),
        ("! x", "tags"),
        ("&a 1", "anchors"),
        ("*a", "aliases"),
        ("&a [*a]", "anchors"),
        ("{a: 1, a: 2}", "there twice"),
        ("{<<: {b: 1}}", "merge keys"),
        ('"\\0"', "U+0000"),
        ('"\\ud800"', ""),
        ("@x", "cannot begin"),
        ("{1: 2}", "a key is text"),
        ("{true: 2}", "a key is text"),
        ("{null: 2}", "a key is text"),
        ("{1.5: 2}", "a key is text"),
        ("{[a]: 2}", "not a list"),
        ("{{a: 1}: 2}", "not a mapping"),
        ("{: 2}", ""),
        ("{010: 2}", "leading zero"),
    ],
)
def test_refused_values(text, words):
    problem = refusals(f"k: {text}\n")[0]
    assert words in problem.problem
    assert problem.line == 1 and problem.path.partition(".")[0] in ("k", "")


@pytest.mark.parametrize(
    "data, words, place",
    [
        (b"", "empty", (None, None)),
        (b"# only\n", "empty", (None, None)),
        (b"- a\n", "got a list", (1, 1)),
        (b"text", "got one value", (1, 1)),
        (b"a:b\nc:d", "one text", (1, 1)),
        (b"a: 1\n---\nb: 2\n", "second document", (2, 1)),
        (b"a:\n\tb: 1\n", "tab", (2, 1)),
        (b"a: 'x\n", "never closed", (1, 4)),
        (b"a: \x00\n", "U+0000", (1, 4)),
        (b"a: 1\nb: \x1b[31m\n", "U+001B", (2, 4)),
        ("a: \u2028x".encode(), "U+2028", (1, 4)),
        (b"a: 1\nb\xc3\xa9: \xff\n", "0xff is not UTF-8", (2, 5)),
        ("a: 1\n".encode("utf-16"), "UTF-16", (None, None)),
        ("a: 1\n".encode("utf-16-be"), "U+0000", (1, 1)),
        (b"x" * (MAX_BYTES + 1), "bytes", (None, None)),
        (b"%TAG ! x:\n---\na: 1", "%TAG", (1, 1)),
        ("é: 1\ne\u0301: 2\n".encode(), "another Unicode form", (2, 1)),
    ],
)
def test_refused_texts(data, words, place):
    problem = refusals(data)[0]
    assert words in problem.problem
    assert (problem.line, problem.column) == place


def test_how_much_a_config_may_hold():
    assert len(plain("a: [" + "1, " * 40_000 + "]")["a"]) == 40_000
    assert refusals("a: [" + "1, " * 60_000 + "]")[0].problem == "the config holds more than 50,000 values"
    assert plain("a: " + "[" * 63 + "]" * 63)
    assert refusals("a: " + "[" * 65 + "]" * 65)[0].problem == "values lie more than 64 deep in each other"


def test_all_offences_at_once():
    found = refusals("a: .nan\nb: 012\nc: &x 1\nd: *x\n<<: {a: 1}\n1: 2\na: 5\nf: !!set {a}\n")
    assert [p.line for p in found] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_was_refused_is_not_read():
    tree, _, problems = read(b"a: !!python/name:os.system x\nb: *y\nc: 1\n", "c.yaml")
    assert tree.value["a"].value is INVALID and tree.value["b"].value is INVALID and tree.value["c"].value == 1
    assert len(problems) == 2


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "[" + "1," * 1_000_000 + "]",
        "&a " * 100_000,
        "'" * 1_000_000,
        "# " * 500_000,
        "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(30_000)),
        "\n".join(f"k{i}: 1" for i in range(80_000)),
        "a: " + "9" * 1_000_000,
        'a: "' + "\\x41" * 250_000 + '"',
        "a:\n" + " " * 1_000_000,
        "!" * 1_000_000,
        "\0" * 1_000_000,
        "a: |\n" + " \n" * 500_000,
        "a: &a {x: 1}\nb: &b {<<: [*a, *a, *a, *a, *a, *a, *a, *a, *a]}\nc: {<<: [*b, *b, *b, *b, *b, *b, *b, *b, "
        "*b]}\n",
    ],
)
def test_hostile_texts_end_soon(text):
    text = text[:MAX_BYTES // 4]        # counting takes three times as long

    def read():
        try:
            plain(text)
        except ConfigErrors as error:
            assert len(str(error)) < 100_000

    assert lines_run(read) < 10_000 + 15 * len(text)


def test_both_parsers_of_pyyaml_agree(monkeypatch):
    """Where PyYAML comes without libyaml, the same texts mean the same and most errors stand at the same place."""
    import yaml
    good = "a: [1, {b: 'é'}]\nc: |\n  x\nd: 1e-3 # x\n"
    bad = [
        "a: 'x\n",
        "a: [1\n",
        "a: b: c\n",
        "a: @x\n",
        "- a\nb: 1\n",
        "a: 1\n  b: 2\n",
        "a: }\n",
        'a: "x" y\n',
        "a: 1\n---\nb: 2\n",
        "a: {b: 1, b: 2}",
        "a: *b",
    ]
    before = plain(good), [[(p.line, p.column, p.problem, p.hint) for p in refusals(text)] for text in bad]
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert (plain(good), [[(p.line, p.column, p.problem, p.hint) for p in refusals(text)] for text in bad]) == before
