"""Rankings with equal places."""


def tiers(order: list[str], cuts: list[bool]) -> list[list[str]]:
    ranks: list[list[str]] = []
    for option, joins in zip(order, cuts, strict=False):
        if joins and ranks:
            ranks[-1].append(option)
        else:
            ranks.append([option])
    return ranks
