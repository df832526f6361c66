"""Made replies for `prose.rwd`: some that read well, and the same spoilt in the ways in which models fail early on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

TOPICS: dict[str, tuple[str, ...]] = {
    "bread": (
        "Flour, water and salt are all that a loaf needs.", "Let the dough rest overnight, so that it gains flavour.",
        "A hot stone gives the crust its colour.", "Is the middle still wet? Then bake it for ten more minutes.",
        "Rye keeps longer than wheat.", "When it is done, the loaf sounds hollow.",
    ),
    "rivers": (
        "A river carries sand and stones towards the sea.", "In a bend, the water runs fastest at the outer bank.",
        "After heavy rain the level can rise within hours.", "Some rivers end in a lake; others dry up in the desert.",
        "Deltas grow where the current slows down.", "Beavers build dams, which turn a brook into a chain of ponds.",
    ),
    "chess": (
        "The game begins with sixteen pieces on each side.", "A knight jumps over whatever stands in its way.",
        "Castle early, because a king in the centre is in danger.", "Pawns never move backwards.",
        "Most games between masters are drawn.", "What decides the endgame is often a single tempo.",
    ),
    "trains": (
        "The first railways carried coal from the mines.", "On a single track, trains pass each other at stations.",
        "Electric engines recover energy when they brake.", "Steel wheels on steel rails lose little to friction.",
        "A timetable is a plan for the whole network, not for one line.", "Snow delays the north every winter.",
    ),
    "bees": (
        "A hive holds one queen and thousands of workers.", "Bees dance to tell the others where flowers are.",
        "In summer a worker lives for about six weeks.", "Honey is made from nectar, and keeps for years.",
        "Cold, wet springs are hard on young colonies.", "Can they see red? No, but they see ultraviolet.",
    ),
    "tides": (
        "The moon pulls the sea towards itself twice a day.", "At new moon the sun helps, and the tide is higher.",
        "Narrow bays see the greatest range.", "Sailors read the tables before they leave the harbour.",
        "Between the tides, crabs hide under wet stones.", "Why is the lake calm? It is too small for a tide.",
    ),
}  # fmt: skip
HELD_OUT = ("bees", "tides")
"""Topics of which nothing is trained on."""


def well_written(draw: Random, topic: str) -> list[str]:
    """Three to six different sentences about a topic."""
    sentences = TOPICS[topic]
    return draw.sample(sentences, draw.randint(3, len(sentences)))


def spoilt(draw: Random, topic: str) -> str:
    """The same, spoilt in one way from some sentence on: from the first, or in the last alone."""
    sentences = well_written(draw, topic)
    whole = draw.randrange(len(sentences))
    rest = draw.choice(SPOILS)(draw, " ".join(sentences[whole:]))
    return " ".join([*sentences[:whole], rest])


# --- what spoils a text ----------------------------------------------------------------------------------------------


def loops(draw: Random, text: str) -> str:
    """One sentence again and again."""
    sentence = text.split(". ", maxsplit=1)[0].rstrip(".")
    return " ".join([f"{sentence}."] * draw.randint(2, 8))


def shouts(draw: Random, text: str) -> str:
    """Capitals and exclamation marks."""
    return text.upper().replace(".", "!" * draw.randint(1, 4))


def runs_on(draw: Random, text: str) -> str:
    """No sentence ends, and no comma."""
    joined = draw.choice((" and ", " ", " so "))
    return text.lower().replace(".", "").replace("?", "").replace(",", "").replace(" the ", f"{joined}the ")


def stutters(draw: Random, text: str) -> str:
    """Words twice or three times."""
    return " ".join(" ".join([word] * draw.choice((1, 2, 2, 3))) for word in text.split())


def breaks_off(draw: Random, text: str) -> str:
    """Cut in the middle of a word."""
    return text[: draw.randint(12, max(13, len(text) // 2))].rstrip(".!? ")


def litters(draw: Random, text: str) -> str:
    """Signs between the words."""
    signs = ("###", "**", "$$", "<br>", "🚀", "|", "→", "~~")
    return " ".join(word if draw.random() < 0.6 else f"{word} {draw.choice(signs)}" for word in text.split())


def sticks(draw: Random, text: str) -> str:
    """Words without spaces between them."""
    return "".join(word + (" " if draw.random() < 0.3 else "") for word in text.split())


SPOILS: Sequence[Callable[[Random, str], str]] = (loops, shouts, runs_on, stutters, breaks_off, litters, sticks)


# --- what is made of them --------------------------------------------------------------------------------------------


def pairs(draw: Random, topics: Sequence[str], count: int) -> Iterator[tuple[str, str]]:
    """Preference pairs: a text that reads well, and another one about the same topic, spoilt."""
    for _ in range(count):
        topic = draw.choice(topics)
        yield " ".join(well_written(draw, topic)), spoilt(draw, topic)


def prose(draw: Random, rows: int = 120) -> Iterator[dict[str, Any]]:
    """Replies about the topics that were held out, a half of them spoilt."""
    for pair in pairs(draw, HELD_OUT, rows):
        yield {"completion": draw.choice(pair)}
