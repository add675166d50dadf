# SPDX-License-Identifier: Apache-2.0
"""An evaluation's report as tables to read, each figure that has a goal beside it."""

from __future__ import annotations

from collections.abc import Iterator

from motion.adherence import Adherence
from motion.evaluate import Novelty, Report, Shortcut
from motion.metrics import Figure, Scores
from motion.sample import STEPS
from motion.trials import SECONDS, Bodily, Boundary, Leak, Timing

OBEYED, LEAKED, JERKED = 0.8, 0.1, 1.5
"""Share of wordings; share of a prompt's effect; multiple of the 95th percentile."""
SKATED, SUNK = 1.0, 1.0
"""Centimetres a second; centimetres."""
QUICK_S, FASTER, DEARER = 1.5, 50.0, 1.1
"""Seconds for six seconds of motion; times as fast; multiple of the ancestral FID."""
_GOALS = {"skate_cm_s": SKATED, "penetration_cm": SUNK}


def table(report: Report) -> str:
    """The whole report."""
    parts = [
        _published(report.scores),
        _novel(report.novelty) if report.novelty else iter(()),
        _obeyed(report.adherence),
        _controlled(report.leaks, report.boundaries),
        _embodied(report.bodily, report.extent.bodies),
        _timed(report.timings, report.shortcut),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def missed(report: Report) -> tuple[str, ...]:
    """The goals that were not reached, by name; timings taken on a busy machine may be among."""
    bodily = {row.name: row.worst_after for row in report.bodily}
    leak = next(row.mean for row in report.leaks if 0.0 < row.coupling < 1.0)
    quick, *_, slow = report.timings
    copies = report.novelty.suspicious if report.novelty else 0.0
    reached = {
        "wordings": report.adherence.share("shipped") >= OBEYED,
        "copies": copies <= 0.02,
        "leakage": leak <= LEAKED,
        "boundaries": max(row.finished for row in report.boundaries) <= JERKED,
        "skate": bodily["skate_cm_s"] <= SKATED,
        "penetration": bodily["penetration_cm"] <= SUNK,
        "seconds": quick.wall_s <= QUICK_S,
        "times as fast": slow.processor_s / quick.processor_s >= FASTER,
        "fid": report.shortcut.ratio <= DEARER,
    }
    return tuple(name for name, is_reached in reached.items() if not is_reached)


def verdict(report: Report) -> str:
    """One line: whether every goal is reached, else which are not."""
    short = missed(report)
    return f"MISSED: {', '.join(short)}" if short else "All goals are reached."


def _goal(reached: bool, words: str) -> str:  # noqa: FBT001 a word for a truth
    return f"goal {words}: {'reached' if reached else 'MISSED'}"


def _published(scores: dict[str, Scores]) -> Iterator[str]:
    first = next(iter(scores.values()))
    yield f"PUBLISHED MEASURES, in our evaluator's space ({first.samples} prompts, pools of 32)"
    heads = ("R@1", "R@2", "R@3", "FID", "MM-Dist", "Diversity", "MultiMod.")
    yield f"{'':16}" + "".join(f"{head:>15}" for head in heads)
    for name, row in scores.items():
        figures = (
            *(row.r_precision_1, row.r_precision_2, row.r_precision_3),
            *(row.fid, row.mm_dist, row.diversity, row.multimodality),
        )
        yield f"{name:16}" + "".join(f"{_figure(figure):>15}" for figure in figures)


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    return f"{figure.mean:.3f}" + (f" ±{figure.interval:.3f}" if figure.interval else "")


def _novel(novelty: Novelty) -> Iterator[str]:
    yield "SEEDS AND COPIES"
    yield f"joints of two seeds of the same words lie apart by {novelty.seeds_apart_cm:.1f} cm"
    yield f"{'nearest training motion of':32}{'least':>8}{'median':>8}{'most':>8}"
    for name, row in (("a sample", novelty.closest), ("another training motion", novelty.own)):
        yield f"{name:32}" + "".join(f"{value:8.3f}" for value in row)
    yield (
        f"{100.0 * novelty.suspicious:.0f} % of samples are nearer than 1 % of the training motions"
        " are to each other"
    )


def _obeyed(done: Adherence) -> Iterator[str]:
    yield f"WHAT WAS ASKED, {len(done.attempts)} wordings of {done.verbs} verbs"
    for attempt in done.attempts:
        marks = "".join(
            "x" if getattr(attempt, what) else "."
            for what in ("program", "first", "best", "shipped")
        )
        yield f"{marks} {attempt.verb:14} {attempt.text:54.54} {attempt.wrong[:60]}"
    yield "(x: the program; the first candidate; the chosen of four; what is shipped)"
    shares = {what: done.share(what) for what in ("program", "first", "best", "shipped")}
    said = ", ".join(f"{what} {100.0 * share:.0f} %" for what, share in shares.items())
    yield f"{said}  ({_goal(shares['shipped'] >= OBEYED, f'≥ {100.0 * OBEYED:.0f} % shipped')})"


def _controlled(leaks: tuple[Leak, ...], boundaries: tuple[Boundary, ...]) -> Iterator[str]:
    yield "CONTROL"
    for row in leaks:
        used = 0.0 < row.coupling < 1.0
        goal = f"  ({_goal(row.mean <= LEAKED, f'≤ {100.0 * LEAKED:.0f} %')})" if used else ""
        yield (
            f"seen outside the part, coupling {row.coupling:g}: mean {100.0 * row.mean:5.1f} %,"
            f" worst {100.0 * row.worst:5.1f} %{goal}"
        )
    yield f"{'jerk where prompts meet, over the p95':56}{'sampled':>10}{'finished':>10}"
    for row in boundaries:
        yield f"  {row.text:54.54}{row.sampled:10.2f}{row.finished:10.2f}"
    yield _goal(max(row.finished for row in boundaries) <= JERKED, f"≤ {JERKED} finished")


def _embodied(rows: tuple[Bodily, ...], samples: int) -> Iterator[str]:
    yield f"ON A BODY, {samples} samples at most"
    yield f"{'':20}{'before':>10}{'worst':>10}{'after':>10}{'worst':>10}"
    for row in rows:
        values = (row.mean_before, row.worst_before, row.mean_after, row.worst_after)
        limit = _GOALS.get(row.name)
        goal = f"  ({_goal(row.worst_after <= limit, f'≤ {limit:g} each')})" if limit else ""
        yield f"{row.name:20}" + "".join(f"{value:10.2f}" for value in values) + goal


def _timed(timings: tuple[Timing, ...], shortcut: Shortcut) -> Iterator[str]:
    quick, *_, slow = timings
    yield f"SPEED, {SECONDS:g} s of motion"
    yield f"{'':24}{'wall s':>10}{'cpu s':>10}{'× faster':>10}"
    for row in timings:
        scaled = f" (of {row.timed})" if row.timed < row.steps else ""
        times = slow.processor_s / row.processor_s
        name = f"{row.sampler} {row.steps}{scaled}"
        yield f"{name:24}{row.wall_s:10.2f}{row.processor_s:10.2f}{times:10.1f}"
    yield _goal(quick.wall_s <= QUICK_S, f"≤ {QUICK_S} s of wall time on two free cores")
    yield _goal(slow.processor_s / quick.processor_s >= FASTER, f"≥ {FASTER:g} × faster")
    yield (
        f"FID of {shortcut.prompts} samples: {STEPS} steps {shortcut.quick_fid:.4f}, ancestral in"
        f" {shortcut.ancestral_steps} {shortcut.ancestral_fid:.4f}, ratio {shortcut.ratio:.3f}"
        f"  ({_goal(shortcut.ratio <= DEARER, f'≤ {DEARER}')})"
    )
