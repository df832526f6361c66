"""Rewards that together call every builtin of the language."""

from __future__ import annotations

TEXTS = r"""
def part(a: text) -> text = before(a, "<") ?? after(a, ">", last) ?? between(a, "<a>", "</a>") ?? slice(a, 1, -1)

reward texts(a: text, b: text) -> float in 0..40 {
    let p = position(a, "e", last) ?? 0
    return sum {
        length: clip(length(a) + length(strip(b)) / 7 ?? 0, 0..1)
        cases: lower(a) == upper(b) weight 2
        contains: contains(a, b)
        ends: starts_with(a, b) or ends_with(a, b)
        position: p > position(b, "e") ?? 3
        replaced: length(replace(a, "a", "bb")) > length(part(a))
        order: if a < b then 1 else if a <= b then 0.5 else if a > b then 0.25 else if a >= b then 0.1 else 0
        other: a != b
        equals: equals(slice(a, 0, 3), slice(b, -3))
        added: length(a + b + str(p) + str(p > 2) + str(1.5) + str(b)) > 10
        number: clip(number(a) ?? 0, 0..2)
        numbers: clip(sum(numbers(a)), 0..1)
        lines: clip(count(lines(a)), 0..1)
        words: mean(length(words(a)) > 3) ?? 0
        split: jaccard(split(a, ","), words(b))
        grams: jaccard(ngrams(words(a), 2), ngrams(words(b), 2), as: multiset)
        joined: length(join(words(a), "-")) > 4
        matches: matches(a, /<(\w+)>.*?<\/\w+>/s)
        full: full_match(a, /(\d|[a-z])*/i)
        counted: clip(count_matches(a, /\b\w{2,4}\b/), 0..1)
        found: present(find(a, /(?P<x>\d+)-(?P<y>\d+)/))
        last: (find_last(a, /[^\s]+$/m) ?? "") == (find(b, /^\w+/) ?? "x")
        all: jaccard(find_all(a, /\d+/), find_all(b, /\d+/))
        spans: mean(length(spans(a, /\w+/).text) > 2) ?? 0
        unique: count(unique(words(a))) == count(words(a))
        occurrence: clip(sum(occurrence(words(a))), 0..1)
        sorted: (first(sort(words(a))) ?? "") == (last(sort(words(b), descending)) ?? "x")
        agreed: bleu(a, b)
        repeated: repetition(words(a), 2) ?? 0
        printed: str(box(1, 2, 3, 4)) == a or str(point(1, 2.5)) == b
    }
}
"""

DOCUMENTS = r"""
record Call { name: text, parameters: json, id: text?, score: float?, place: box? }

reward documents(a: text, doc: json, gold: Call?) -> float in 0..20 {
    let made = json(a, Call)
    let calls: Call?[made] = json_list(a, Call)
    let others: Call?[other] = json_list(doc, Call, python)
    let lines: Call?[line] = json_lines(a, Call)
    let loose = json(a, dialect: python)
    let inner = entries(doc)
    return sum {
        named: (made.name ?? "") == (gold.name ?? "x")
        same: made.parameters == gold.parameters ?? false
        differs: loose != doc ?? false
        equal: equals(loose, doc, python) ?? false
        shared: clip(count(agreeing(loose, doc)), 0..1) ?? 0
        shared_python: clip(count(agreeing(loose, doc, python)), 0..1) ?? 0
        calls: mean((calls.name ?? "") == "f") ?? 0
        others: mean(clip(others.score ?? 0, 0..1)) ?? 0
        lines: mean(area(lines.place) > 0 ?? false) ?? 0
        keys: jaccard(keys(doc), keys(loose) ?? [])
        entries: clip(mean(number(inner.value) ?? 0) ?? 0, 0..1)
        kinds: is_list(doc) or is_object(loose) ?? false
        number: clip(number(doc["x"]) ?? number(doc.y[2]) ?? 0, 0..1)
        string: (string(doc.name) ?? "") == a
        truth: truth(doc.flag) ?? false
        place: inside(as_point(doc.p), as_box(doc.b)) ?? false
        floats: clip(sum(floats(doc) ?? 0), 0..1)
        texts: clip(sum(length(texts(doc) ?? "")), 0..1)
        points: mean((points(doc).x ?? 0) > 0) ?? 0
        boxes: mean(iou(boxes(doc), as_box(loose)) ?? 0) ?? 0
    }
}
"""

NUMBERS = r"""
param w: float in 0..2 = 1.0
param n: int in 0..3 = 1
param hard: bool = false

reward scalars(a: float, b: float, k: int = 3, flag: bool = true, c: float?) -> float in -40..80 {
    sum {
        line: clip(a + b * w - k, -1..1)
        quotient: clip(a / b ?? 0, -1..1) weight w
        rest: clip(a % b ?? 0, -1..1)
        power: clip(a ** 0.5 ?? 0, 0..1)
        least: clip(min(a, b, 1), -1..1)
        most: clip(max(a, b, -1), -1..1)
        whole: clip(floor(a) + ceil(b) + round(a, 1) + negate(b), -1..1)
        compared: if a < b and not flag then 1 else if a == b or a >= k then w else 0
        other: a != b or a > b or a <= 0
        exponential: clip(exp(a), 0..1)
        logarithm: clip(log(a) ?? 0, -1..1)
        root: clip(sqrt(a) ?? 0, 0..1)
        bent: tanh(a) + sigmoid(b) + cos(a) + sin(b)
        angle: clip(atan2(a, b), -1..1)
        ramp: ramp(a, 0..10)
        sign: sign(a) * clip(abs(b), 0..1)
        missing: clip(c ?? 0.5, 0..1)
        steps: if hard then n else 0
    }
}

reward lists(xs: float[time], ys: float[time], zs: float?[other]) -> float in -20..40 {
    sum {
        total: clip(sum(xs * ys), -1..1) weight w
        mean: clip(mean(xs) ?? 0, -1..1)
        spread: clip(std(xs) ?? 0, 0..1)
        product: clip(prod(xs), -1..1)
        range: clip((max(xs) ?? 0) - (min(xs) ?? 0), 0..1)
        how_many: clip(count(xs > ys) + count(zs, missing: skip), 0..1)
        any: any(xs > ys) or all(ys > 0)
        argmax: argmax(xs) == argmin(ys) ?? false
        ends: clip((first(xs) ?? 0) + (last(ys) ?? 0), -1..1)
        sixth: clip(lookup(xs, ys > 3) ?? xs[6] ?? 0, -1..1)
        change: clip(sum(xs - (previous(xs) ?? 0) + (next(ys) ?? 0)), -1..1)
        backwards: clip(sum(reverse(xs) * ys), -1..1)
        middle: clip(sort(xs)[1] ?? 0, -1..1)
        kept: clip(sum(keep(xs, where: xs > ys)), -1..1)
        different: clip(count(unique(xs)), 0..1)
        again: clip(max(occurrence(xs)) ?? 0, 0..1)
        other: clip(mean(zs, missing: skip) ?? 0, -1..1)
        pairs: clip(max(xs + (zs ?? 0) over (time, other)) ?? 0, -1..1)
    }
}

reward shapes(boxes: box[found], truth: box[target], p: point, v: vec[3], q: point?) -> float in -10..20 {
    let overlaps = iou(boxes, truth)
    let pairs = assign(overlaps, in_order)
    return sum {
        found: mean(max(overlaps over found) ?? 0 over target) ?? 0
        made: clip(sum(if pairs then overlaps else 0 over (found, target)), 0..1)
        best: any(assign(overlaps, best) over (found, target))
        optimal: any(assign(overlaps, optimal) over (found, target))
        closer: mean(giou(boxes, truth) over (found, target)) ?? 0
        apart: mean(diou(boxes, truth) over (found, target)) ?? 0
        alike: mean(ciou(boxes, truth) over (found, target)) ?? 0
        warped: clip(dtw(distance(center(boxes), center(truth))) ?? 0, 0..1)
        rough: mean(iou(boxes, truth, minus_one) over (found, target)) ?? 0
        inside: any(inside(p, boxes))
        sides: clip(sum(width(truth) + height(truth) - area(truth)), -1..1)
        near: clip(distance(p, center(truth[0])) ?? 0, 0..1)
        far: clip(distance(scale(p, 2, 3), q ?? p), 0..1)
        scaled: clip(area(scale(box(p.x, p.y, 1, 2), 2, 3)), 0..1)
        direction: clip(sum(v * v), 0..1)
        same: p == q ?? false
        different: boxes[0] != truth[0] ?? false
    }
}
"""

GROUPS = """
param w: float in 0..2 = 1.0

reward compared(a: float in -100..100, reply: text) -> float in -10..10 {
    let easy = mean(a over group)
    return sum {
        above: clip(a - easy, -1..1) weight w
        best: a == max(a over group)
        same: clip(std(length(reply) over group) / 10 ?? 0, 0..1)
        batch: clip(a - mean(a over batch), -1..1)
    }
}
"""

STEPS = """
param w: float in 0..2 = 1.0

def kept(carry: float, x: float) -> float in -10..10 = clip(carry * 0.5 + x, -10..10)

reward walk(speed: float, torque: float[joint], pose: vec[3], fallen: bool = false, effort: float?) -> float in -30..30 {
    gate not fallen {
        forward: clip(speed, -2..2) weight w
        cost: clip(sum(torque * torque) * 0.1, 0..4) weight -1
        pose: exp(-sum(pose * pose))
        effort: clip(effort ?? 0, 0..1)
        last: clip(last(scan(kept, torque over joint, start: 0)) ?? 0, -1..1)
    }
}
"""

INSTRUCTIONS = """
from std.instructions import bullet_count, capital_word_count, ends_with_phrase, gives_choice, gives_two_responses
from std.instructions import has_all_keywords, has_no_comma, has_no_keyword, has_postscript, has_title, highlight_count
from std.instructions import is_json, is_lower, is_quoted, is_upper, keyword_count, letter_count, meets, paragraph_begins
from std.instructions import paragraph_count, placeholder_count, repeats, section_count, sentence_count, word_count

reward instructed(reply: text, other: text, words: text[word], n: int in 1..5) -> float in 0..40 {
    sum {
        keywords: has_all_keywords(reply, words) or has_no_keyword(reply, words) or gives_choice(reply, words)
        parts: clip(count_part(reply, other) + keyword_count(reply, other) + letter_count(reply, other), 0..9)
        size: meets(sentence_count(reply), other, word_count(reply)) ?? false
        paragraphs: clip(paragraph_count(reply), 0..9) / 9
        begins: paragraph_begins(reply, n, other)
        marks: clip(placeholder_count(reply) + bullet_count(reply) + highlight_count(reply), 0..9)
        sections: clip(section_count(reply, other) + capital_word_count(reply), 0..9)
        has: has_postscript(reply, other) or has_title(reply) or is_json(reply) or gives_two_responses(reply)
        is: repeats(reply, other) or ends_with_phrase(reply, other) or is_quoted(reply) or has_no_comma(reply)
        cased: is_upper(reply) or is_lower(reply)
        tokens: clip(token_count(reply, tokenizer: "bytes") - count(unique(tokens(other, tokenizer: "bytes"))), 0..1)
    }
}
"""

SPECS = {
    "texts": TEXTS, "documents": DOCUMENTS, "scalars": NUMBERS, "lists": NUMBERS, "shapes": NUMBERS,
    "compared": GROUPS, "walk": STEPS, "instructed": INSTRUCTIONS,
}  # fmt: skip
