"""What issue 5 asks of the figures, and whether they give it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    title: str
    value: float | None
    bound: float
    at_least: bool

    @property
    def met(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def at_least(bound: float, title: str, value: float | None) -> Goal:
    return Goal(title, value, bound, True)


def at_most(bound: float, title: str, value: float | None) -> Goal:
    return Goal(title, value, bound, False)


def show(goals: list[Goal]) -> int:
    """Prints them; returns how many were missed or could not be judged."""
    if not goals:
        return 0
    width = max(len(goal.title) for goal in goals)
    print("\ngoals")
    for goal in goals:
        verdict = "----" if goal.value is None else "PASS" if goal.met else "MISS"
        found = "not judged" if goal.value is None else f"{goal.value:.4g}"
        print(f"{verdict}  {goal.title.ljust(width)}  {found}")
    met = sum(goal.met for goal in goals)
    unknown = sum(goal.value is None for goal in goals)
    print(f"{met} PASS, {len(goals) - met - unknown} MISS, {unknown} not judged")
    return len(goals) - met
