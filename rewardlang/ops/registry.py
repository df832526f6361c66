from rewardlang.ops import arithmetic

BUILTINS = arithmetic.BUILTINS


def overloads(name):
    return tuple(b for b in BUILTINS if b.name == name)


def signature(b):
    return b.name
