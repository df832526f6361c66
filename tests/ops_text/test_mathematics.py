from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from math_verify import parse, verify

import rewardlang
from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.kernels.math_verdicts import DIFFERENT, EQUAL, NO_GOLD, OPEN, decide, find_text
from rewardlang.ops.mathematics import MathEqual
from rewardlang.workers import answers as workers
from rewardlang.workers.mathematics import _targets
from rewardlang.workers.pool import UNDECIDED
from rewardlang.workers.readings import READINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SETTINGS = settings(max_examples=400, deadline=None)
TARGETS = {word: _targets(word) for word in READINGS}
TOWER = "$9^{9^{9^{9}}}$"
"""math-verify does not come back from it."""


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def quick() -> Iterator[None]:
    """A limit that a test can wait for."""
    before = rewardlang.configure_workers()
    rewardlang.configure_workers(seconds=3)
    yield
    rewardlang.configure_workers(seconds=before.seconds)


@lru_cache(4096)
def parsed(text: str, word: str) -> list[Any]:
    """As math-verify reads it, in this process."""
    mode = "first_match" if READINGS[word].first_only else "any_match"
    return parse(text, TARGETS[word], extraction_mode=mode)


def verdict(gold: str, gold_as: str, answer: str, answer_as: str) -> bool | None:
    golds = parsed(gold, gold_as)
    return verify(golds, parsed(answer, answer_as)) if golds else None


# --- what the pairs are made of ---

DIGITS = st.integers(0, 10**15).map(str) | st.integers(0, 200).map(str)
DECIMALS = st.builds(
    lambda whole, places: f"{whole}.{places}", st.integers(0, 10**9), st.from_regex(r"[0-9]{1,7}", fullmatch=True)
)
FRACTIONS = st.builds(
    lambda form, top, bottom: form % (top, bottom),
    st.sampled_from(["%d/%d", "\\frac{%d}{%d}", "\\frac{-%d}{%d}", "\\dfrac{%d}{%d}", "-\\frac{%d}{%d}"]),
    st.integers(0, 10**7) | st.integers(0, 12),
    st.integers(0, 10**7) | st.integers(0, 12),
)
EXPRESSIONS = st.sampled_from((
    "x", "x^2", "x^2+1", "\\pi", "2\\pi", "\\sqrt{2}", "\\frac{\\sqrt{3}}{2}", "(1,2)", "[0,1)", "x=5", "y=2x+1",
    "x=y=2", "\\{1,2,3\\}", "e", "i", "A", "\\text{B}", "-x", "2^{10}", "a_1", "x^{-1}", "1, 2", "1,2", "10^5", "x/2",
    "\\frac{1}{2}3", "\\frac12", "5 cm", "5m", "90^\\circ", "x^(2)", "\\infty", "12ab", "1e5", ".5", "0.5", "-.5", "",
    "2m", "(1,2]", "=5", "{,}", "1{,}000", "))", "}{", "007", "-0", "1 000", "5.", "+5", "x^2^3", "((9^9)^9)^9",
    "\\begin{pmatrix}1&2\\end{pmatrix}",
))  # fmt: skip
NUMBERS = st.builds(
    lambda sign, body, end: sign + body + end,
    st.sampled_from(["", "", "", "-"]),
    DIGITS | DECIMALS | FRACTIONS | st.integers(0, 10**9).map("{:,}".format),
    st.sampled_from(["", "", "", "", "%", "\\%", " percent", "\\text{ cm}", ".0", "000"]),
)
BODIES = NUMBERS | NUMBERS | EXPRESSIONS
FRAMES = st.sampled_from((
    "%s", "%s", "$%s$", "$%s$", "\\boxed{%s}", "\\boxed{%s}", "$\\boxed{%s}$", "\\[\\boxed{%s}\\]", "$$%s$$",
    "\\boxed %s", " [ \\boxed{%s} ] ", "\\(%s\\)", "\\boxed{ %s }",
))  # fmt: skip
WORDS = st.lists(
    st.sampled_from((
        "so", "the answer is", "Final answer", "answer:", "we [see]", "it costs $5", "and $x=3$", "thus \\[x\\]", "50%",
        "percent", "I hope it is", "\\fbox{3}", "\\boxed{7}", "\n", "x = 4", "3/4", " [ a ] ", "\\(b\\)", "$$", "}", "{",
        "$", "\\", "final answer is", ".", "or",
    )),
    max_size=3,
).map(" ".join)  # fmt: skip
TEXTS = st.builds(
    lambda before, frame, body, after: before + frame.replace("%s", body) + after, WORDS, FRAMES, BODIES, WORDS
)
SHORT = st.builds(lambda frame, body: frame.replace("%s", body), FRAMES, BODIES)
READ = st.sampled_from(sorted(READINGS))


@st.composite
def pairs(draw: Callable[[st.SearchStrategy[str]], str]) -> tuple[str, str]:
    """A gold and an answer, which are often one number in two forms."""
    body = draw(BODIES)
    near = [body, body + "0", body.replace(",", ""), body + ".0", body + "\\%", body[:-1] + "1"]
    try:
        value = float(body.replace(",", ""))
        near += [
            f"{value / 100:g}",
            f"{value * 100:g}\\%",
            f"{value + 4e-7:.7f}",
            f"{int(value * 4)}/4",
            f"{value:.6f}",
        ]
    except ValueError:
        pass
    other = draw(st.sampled_from(near))
    gold = draw(FRAMES).replace("%s", body)
    return gold, draw(WORDS) + draw(FRAMES).replace("%s", other) + draw(WORDS)


CODES = {True: EQUAL, False: DIFFERENT, None: NO_GOLD}


def one_verdict(gold: str, gold_as: str, answer: str, answer_as: str) -> int:
    return int(decide(Texts.of([gold]), READINGS[gold_as], Texts.of([answer]), READINGS[answer_as])[0])


@SETTINGS
@given(pairs() | st.tuples(TEXTS, TEXTS) | st.tuples(SHORT, TEXTS), READ, READ)
def test_what_is_decided_at_once_is_what_math_verify_says(pair: tuple[str, str], gold_as: str, answer_as: str) -> None:
    found = one_verdict(pair[0], gold_as, pair[1], answer_as)
    assert found in {OPEN, CODES[verdict(pair[0], gold_as, pair[1], answer_as)]}


@SETTINGS
@given(TEXTS | SHORT, READ)
def test_text_that_is_known_at_once_is_that_of_math_verify(text: str, word: str) -> None:
    found, present, known = find_text(Texts.of([text]), READINGS[word])
    if known[0]:
        assert (found[0] if present[0] else None) == (parsed(text, word) or [None])[-1]


@pytest.mark.parametrize(
    ("gold", "answer", "expected"),
    [
        ("$42$", "\\boxed{42}", EQUAL),
        ("42", "so $\\boxed{42.000}$", EQUAL),
        ("$1,234$", "\\boxed{1234}", EQUAL),
        ("$\\frac{3}{4}$", "\\boxed{6/8}", EQUAL),
        ("3/4", "\\boxed{0.75}", EQUAL),
        ("1/3", "\\boxed{0.333333}", EQUAL),
        ("1/3", "\\boxed{0.33333}", DIFFERENT),
        ("$50\\%$", "\\boxed{0.5}", EQUAL),
        ("$50\\%$", "\\boxed{50}", EQUAL),
        ("$(1,2)$", "\\boxed{(1,2)}", EQUAL),
        ("$\\frac{\\sqrt{3}}{2}$", "\\boxed{\\frac{\\sqrt{3}}{2}}", EQUAL),
        ("$42$", "it is 42", DIFFERENT),
        ("forty-two", "\\boxed{42}", NO_GOLD),
    ],
)
def test_the_usual_pairs_need_no_worker(gold: str, answer: str, expected: int) -> None:
    assert one_verdict(gold, "any", answer, "boxed") == expected


# --- workers ---


def test_workers_say_what_math_verify_says() -> None:
    """Also where they parse in two stages, keep parsed texts and compare texts first."""
    asked = [(gold, "any", answer, "boxed") for gold in HARD for answer in HARD]
    found = workers.ask([("equal", *pair) for pair in asked])
    for pair, answer in zip(asked, found, strict=True):
        assert answer == verdict(*pair), pair


HARD = [
    "$x+1$", "so \\boxed{1+x}", "$y=2x+1$", "\\boxed{2x+1}", "$\\{1,2\\}$", "\\boxed{2,1}", "$1<x<2$", "\\boxed{(1,2)}", "\\boxed{\\frac12}",
    "$\\text{Monday}$", "\\boxed{\\text{monday}}", "$90^\\circ$", "\\boxed{\\frac{\\pi}{2}}", "\\boxed{)(}", "$\\frac{1}{0}$",
    "$\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}$", "\\boxed{x^{2^{3}}}", "final answer is $2$. I hope", "$1e5$", "\\boxed{7} or \\boxed{8}",
]  # fmt: skip


@pytest.mark.usefixtures("quick")
def test_a_pair_that_hangs_is_missing_and_the_others_are_not() -> None:
    reward = rewardlang.compile("reward r(gold: text, answer: text) -> score? { math_equal(gold, answer) }")
    golds = [f"${n}x$" for n in range(20)] + [TOWER] + [f"${n}x$" for n in range(20)]
    answers = [f"$x \\cdot {n}$" for n in range(20)] + ["$3$"] + [f"$x+{n}$" for n in range(20)]
    start = time.monotonic()
    assert reward({"gold": golds, "answer": answers}).tolist() == [*[1.0] * 20, None, *[0.0] * 20]
    assert time.monotonic() - start < 30
    assert MathEqual().one(TOWER, "$3$") is None


def test_pairs_are_asked_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    pool = workers._answers.pool

    def counted(requests: Sequence[Any]) -> list[Any]:
        asked.extend(requests)
        return [True] * len(requests)

    monkeypatch.setattr(pool, "ask", counted)
    golds, answers = Texts.of(["$7x$", "$8x$", "$7x$", "$7$"]), Texts.of(["$x7$", "$x8$", "$x7$", "$7$"])
    for _ in range(2):
        values, present = MathEqual().rows(golds, answers)
        assert values.tolist() == present.tolist() == [True] * 4
    assert sorted(request[1] for request in asked) == ["$7x$", "$8x$"]


def test_the_kept_answers_are_bounded() -> None:
    made = workers.Answers(workers.Settings(1, 1.0, 3))
    made.pool.ask = lambda requests: [int(request[1]) for request in requests]  # type: ignore[method-assign]
    for n in range(10):
        assert made.ask([("echo", str(n)), ("echo", "0")]) == [n, 0] if n else True
    assert len(made._known) == 3
    made.pool.ask = lambda requests: ["forgotten" for _ in requests]  # type: ignore[method-assign]
    assert made.ask([("echo", "0"), ("echo", "1")]) == [0, "forgotten"]


def test_many_threads_score_at_once() -> None:
    reward = rewardlang.compile("reward r(gold: text, answer: text) -> score? { math_equal(gold, answer) }")

    def scored(thread: int) -> list[float | None]:
        terms = [f"${n}x+{thread}$" for n in range(2, 12)]
        return reward({"gold": terms, "answer": [f"${thread}+{n}x$" for n in range(2, 12)]}).tolist()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(scored, range(8))) == [[1.0] * 10] * 8


def test_what_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers._answers, "ask", lambda requests: [True] * len(requests))
    large, small = "é" * (workers.LARGEST // 2 + 1), "é" * (workers.LARGEST // 2)
    assert workers.ask([("found", large, "any"), ("found", small, "any")]) == [UNDECIDED, True]


def test_lone_surrogates_are_replaced() -> None:
    assert MathEqual().one("$\ud800x$", "$\ufffdx$") is True


def test_without_math_verify_only_its_users_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda _: None)
    assert rewardlang.compile('reward r(x: text) -> score { x == "1" }')({"x": ["1"]}).tolist() == [1.0]
    for call in ("math_equal(x, x)", "present(math_text(x))"):
        with pytest.raises(CompileError, match=r"install `rewardlang\[math\]`"):
            rewardlang.compile(f"reward r(x: text) -> score? {{ {call} }}")
    with pytest.raises(CallError, match=r"install `rewardlang\[math\]`"):
        MathEqual().one("$x$", "$y$")


@pytest.mark.parametrize("setting", ["processes", "seconds", "kept"])
def test_settings_are_above_0(setting: str) -> None:
    before = rewardlang.configure_workers()
    with pytest.raises(CallError, match=f"`{setting}` must be above 0, but is 0"):
        rewardlang.configure_workers(**{setting: 0})  # type: ignore[arg-type]
    assert rewardlang.configure_workers() == before
