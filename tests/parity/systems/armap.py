"""ARMAP: the Game of 24 and WebShop."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, same

COLOURS = [
    "alabaster",
    "apricot",
    "aqua",
    "ash",
    "asphalt",
    "azure",
    "banana",
    "beige",
    "black",
    "blue",
    "blush",
    "bordeaux",
    "bronze",
    "brown",
    "burgundy",
    "camel",
    "camo",
    "caramel",
    "champagne",
    "charcoal",
    "cheetah",
    "chestnut",
    "chocolate",
    "christmas",
    "coffee",
    "cognac",
    "copper",
    "coral",
    "cranberry",
    "cream",
    "crystal",
    "dark",
    "denim",
    "eggplant",
    "elephant",
    "espresso",
    "fuchsia",
    "gold",
    "granite",
    "grape",
    "graphite",
    "grass",
    "gray",
    "green",
    "grey",
    "heather",
    "indigo",
    "ivory",
    "ivy",
    "khaki",
    "lavender",
    "lemon",
    "leopard",
    "light",
    "lilac",
    "lime",
    "magenta",
    "maroon",
    "mauve",
    "merlot",
    "midnight",
    "mint",
    "mocha",
    "multicolor",
    "mushroom",
    "mustard",
    "natural",
    "navy",
    "nude",
    "olive",
    "orange",
    "peach",
    "pewter",
    "pink",
    "plum",
    "purple",
    "rainbow",
    "red",
    "rose",
    "royal",
    "rust",
    "sand",
    "sapphire",
    "seashell",
    "silver",
    "skull",
    "slate",
    "steel",
    "stone",
    "stonewash",
    "sunflower",
    "tan",
    "tangerine",
    "taupe",
    "teal",
    "tiger",
    "turquoise",
    "violet",
    "walnut",
    "wheat",
    "white",
    "wine",
    "yellow",
]


def evaluated(expression: str) -> Fraction:
    """The value of an expression of Python with whole numbers, each a fraction."""
    spelt = expression.strip().replace("^", "**")
    if not re.fullmatch(r"[0-9+\-*/%() \t]+", spelt, re.ASCII) or re.search(r"\*\*[^*]*\*\*|[0-9]{5}", spelt):
        raise ValueError(spelt)
    found: Fraction = eval(re.sub("([0-9]+)", r"Fraction(\1)", spelt), {"Fraction": Fraction})  # noqa: S307 - of digits and operators
    return found


def test_output(puzzle: str, output: str) -> int:
    expression = output.strip().split("\n")[-1].lower().replace("answer: ", "").split("=")[0]
    numbers, given = (sorted(re.findall(r"\d+", text)) for text in (expression, puzzle))
    try:
        return int(numbers == given and evaluated(expression) == 24)
    except Exception:  # noqa: BLE001 - whatever is wrong, it is no answer
        return 0


def value_outputs_unwrap(x: str, y: str, value_outputs: list[str]) -> float:  # noqa: ARG001 - as it is called
    if len(y.strip().split("\n")) == 4 and "answer" not in y.lower():
        return 0
    said = [text.rpartition("\n")[2] for text in value_outputs]
    return 0.001 * said.count("impossible") + said.count("likely") + 20 * said.count("sure")


def normalize_color(color_string: str) -> str:
    return next((colour for colour in COLOURS if colour in color_string), color_string)


def likeness(a: Any, b: Any) -> int:
    """thefuzz's token_set_ratio, with the longest common subsequence in place of matching blocks."""

    def words(value: Any) -> set[str]:
        plain = re.sub("[\x80-\xff]", "", str(value))
        return set(re.sub(r"\W", " ", plain).lower().split())

    def ratio(left: str, right: str) -> float:
        if not left or not right:
            return 0.0
        row = [0] * (len(right) + 1)
        for char in left:
            before = 0
            for place, other in enumerate(right, 1):
                before, row[place] = row[place], before + 1 if char == other else max(row[place], row[place - 1])
        return 200 * row[-1] / (len(left) + len(right))

    mine, theirs = words(a), words(b)
    if not mine or not theirs:
        return 0
    both = " ".join(sorted(mine & theirs))
    left, right = (f"{both} {' '.join(sorted(only))}".strip() for only in (mine - theirs, theirs - mine))
    return max(round(ratio(x, y)) for x, y in ((both, left), (both, right), (left, right)))


def get_option_reward(purchased_options: list[str], goal_options: list[Any]) -> list[Any]:
    def colour(option: Any) -> Any:
        return next((known for known in COLOURS if known in option), option)

    chosen = [colour(option) for option in purchased_options]
    met = sum(any(likeness(mine, colour(wanted)) > 85 for mine in chosen) for wanted in goal_options)
    return [met / len(goal_options) if goal_options else None, met]


def nouns(name: str, tags: dict[str, list[list[str]]]) -> list[str]:
    return [word.lower() for word, tag in tags[name] if tag in ("NOUN", "PROPN", "PNOUN")]


def get_reward(purchased_product: Inputs, goal: Inputs, price: float, options: Inputs, pos_tags: Inputs) -> list[Any]:
    product = purchased_product
    mine, wanted = nouns(product["name"], pos_tags), nouns(goal["name"], pos_tags)
    title = len(set(mine) & set(wanted)) / len(wanted) if wanted else 0.2
    query = product["query"] == goal["query"]
    kinds = [{part.strip() for part in side["product_category"].split("›")} for side in (product, goal)]
    category = len(kinds[0] & kinds[1]) >= 2
    worth = 1.0 if query or category or title > 0.2 else 0.5
    worth = 0.0 if title == 0 else 0.1 if title < 0.1 else worth
    texts = [product["Title"], " ".join(product["BulletPoints"]), product["Description"]]
    met = 0
    for attribute in goal["attributes"]:
        listed = any(likeness(known, attribute) > 85 for known in product["Attributes"])
        met += listed or any(attribute in text.lower() for text in texts)
    asked = goal["goal_options"]
    share, options_met = get_option_reward(
        list(options.values()), list(asked.items()) if isinstance(asked, dict) else asked
    )
    cheap = price <= goal["price_upper"] if goal["price_upper"] > 0 else None
    most = len(goal["attributes"]) + len(asked) + 1
    r_att = met / len(goal["attributes"])
    total = (met + options_met + cheap) / most * worth
    parts = {
        "r_type": worth, "r_att": r_att, "w_att": len(goal["attributes"]) / most, "query_match": query,
        "category_match": category, "title_score": title, "r_price": cheap, "w_price": 1 / most,
    }  # fmt: skip
    if share is not None:
        parts |= {"r_option": share, "w_option": len(asked) / most}
    return [total, parts]


PARTS = (
    "r_type", "r_att", "w_att", "query_match", "category_match", "title_score", "r_option", "w_option", "r_price",
    "w_price",
)  # fmt: skip


def _listed(value: Any) -> list[Any]:
    """The reward and its parts as numbers; what is not among them is missing."""
    return [value[0], *(value[1].get(name) if value[1].get(name) is None else value[1][name] + 0 for name in PARTS)]


def _purchase(inputs: Inputs) -> Inputs:
    product, goal = inputs["purchased_product"], inputs["goal"]
    tags = inputs["pos_tags"]
    mine, wanted = tags[product["name"]], tags[goal["name"]]
    return {
        "product": product, "goal": goal, "price": inputs["price"], "options": inputs["options"],
        "words": [word for word, _ in mine], "tags": [tag for _, tag in mine],
        "goal_words": [word for word, _ in wanted], "goal_tags": [tag for _, tag in wanted],
    }  # fmt: skip


CLAIMS = (
    Claim("game24.test_output", "game24", same("puzzle", "output")),
    Claim("game24.value_outputs_unwrap", "game24_value",
          lambda inputs: {"steps": inputs["y"], "judgements": inputs["value_outputs"]}, tolerance=DEVICE),
    Claim("webshop.normalize_color", "normalize_color", same("color_string"), part=("color_string: text", "text")),
    Claim("webshop.get_option_reward", "options",
          lambda inputs: {"purchased": inputs["purchased_options"], "wanted": inputs["goal_options"]},
          tolerance=DEVICE),
    Claim("webshop.get_reward", "webshop_parts", _purchase, expected=_listed, tolerance=DEVICE),
)  # fmt: skip
ORIGINALS = {
    "game24.test_output": test_output, "game24.value_outputs_unwrap": value_outputs_unwrap,
    "webshop.normalize_color": normalize_color, "webshop.get_option_reward": get_option_reward,
    "webshop.get_reward": get_reward,
}  # fmt: skip
