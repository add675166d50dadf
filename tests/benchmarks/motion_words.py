# SPDX-License-Identifier: Apache-2.0
"""Thirty verbs in three wordings each that no list of the project has: is the motion the one asked?

Run ``python tests/benchmarks/motion_words.py``. Every wording is parsed, performed and measured on
its joints: direction and length of travel, turn, height of the pelvis, wrist over head, number of
repetitions (:mod:`motion.asked`). The table says what was understood and which figure was off. A
wording that ``configs/motion`` lists is refused.
"""

from __future__ import annotations

import sys

from gen3d.text import TextEncoder
from motion.asked import joints_of, judged
from motion.language.parse import parse
from motion.language.perform import performed
from motion.language.script import Action
from motion.language.verbs import verbs

A = Action
UNLISTED: tuple[tuple[str, Action], ...] = (
    ("a pensioner ambles along for four metres", A("walk", metres=4.0)),
    ("treads backwards five paces", A("walk", direction="backward")),
    ("goes on a hike around in a circle", A("walk", direction="circle")),
    ("scampers off at top speed", A("run")),
    ("somebody sprints forward six meters", A("run", metres=6.0)),
    ("the thief bolts to the left", A("run", direction="left")),
    ("moves without a sound like a burglar", A("sneak")),
    ("tiptoes ahead so as not to wake the baby", A("sneak", direction="forward")),
    ("pads stealthily along the corridor", A("sneak")),
    ("the soldiers parade in a circle", A("march", direction="circle")),
    ("marches off to the right in step with the band", A("march", direction="right")),
    ("advances with the regiment in formation", A("march")),
    ("walks favouring a sprained ankle", A("limp")),
    ("hobbles along after the accident", A("limp")),
    ("walks with a broken foot", A("limp")),
    ("does three vertical leaps on the spot", A("jump", count=3)),
    ("bounds into the air twice with joy", A("jump", count=2)),
    ("springs up high off the floor", A("jump")),
    ("hops four times on the right leg", A("hop", count=4, side="right")),
    ("bounces along on one leg", A("hop")),
    ("plays hopscotch, hopping on one foot", A("hop")),
    ("a baby crawls across the rug", A("crawl")),
    ("makes headway on all fours", A("crawl")),
    ("creeps along on hands and knees under the table", A("crawl")),
    ("settles into an armchair", A("sit")),
    ("parks on a bench", A("sit")),
    ("has a seat at the dinner table", A("sit")),
    ("huddles low behind a barrel", A("crouch")),
    ("cowers from the explosion", A("crouch")),
    ("stoops low to stay unseen", A("crouch")),
    ("proposes to his girlfriend on bended knee", A("kneel")),
    ("gets on his knee before the queen", A("kneel")),
    ("kneels at the grave", A("kneel")),
    ("performs four squats with the arms ahead", A("squat", count=4)),
    ("does leg day exercises", A("squat")),
    ("bends the knees deeply three times", A("squat", count=3)),
    ("bows twice to the public", A("bow", count=2)),
    ("the butler greets the lord with a courteous bow", A("bow")),
    ("takes a low bow after the concert", A("bow")),
    ("bids farewell with the hand", A("wave")),
    ("waves the left hand at the ship", A("wave", side="left")),
    ("signals hi to a neighbour", A("wave")),
    ("throws both arms up above the head", A("raise_arms")),
    ("has both hands high overhead", A("raise_arms")),
    ("puts up her hands like in a hold-up", A("raise_arms")),
    ("gives the band an ovation", A("clap")),
    ("claps exactly four times", A("clap", count=4)),
    ("the audience member applauds politely", A("clap")),
    ("aims a forefinger ahead", A("point")),
    ("points at the culprit with the left hand", A("point", side="left")),
    ("singles someone out with the index finger", A("point")),
    ("kicks the ball twice with the right foot", A("kick", count=2, side="right")),
    ("punts a football", A("kick")),
    ("delivers a high kick with the left leg", A("kick", side="left")),
    ("lands a blow with the fist", A("punch")),
    ("throws a mean punch with the left hand", A("punch", side="left")),
    ("strikes the heavy bag", A("punch")),
    ("chucks a stone into the lake", A("throw")),
    ("launches a javelin", A("throw")),
    ("tosses a ball with the left hand", A("throw", side="left")),
    ("flips over in reverse", A("backflip")),
    ("performs a reverse salto", A("backflip")),
    ("does acrobatic backward flipping", A("backflip")),
    ("tumbles forward over the mat", A("roll")),
    ("makes a gymnast's somersault along the floor", A("roll")),
    ("rolls head first on the grass", A("roll")),
    ("cartwheels across the lawn", A("cartwheel")),
    ("makes a perfect cartwheel", A("cartwheel")),
    ("the acrobat goes into a cartwheel", A("cartwheel")),
    ("nods the head three times in agreement", A("nod", count=3)),
    ("bobs the head to approve", A("nod")),
    ("signals assent with a nod", A("nod")),
    ("gives the general a smart salute", A("salute")),
    ("salutes the officer like a cadet", A("salute")),
    ("honours the colonel with a hand at the brow", A("salute")),
    ("rotates to the left by a quarter turn", A("turn", turn_deg=90.0)),
    ("pivots 180 degrees clockwise", A("turn", turn_deg=-180.0)),
    ("makes an about-face", A("turn")),
    ("whirls like a ballerina", A("spin")),
    ("revolves on the spot once around", A("spin")),
    ("does a fast pirouette", A("spin")),
    ("performs a salsa", A("dance")),
    ("busts out dance moves at the wedding", A("dance")),
    ("dances with abandon to the drums", A("dance")),
    ("quenches thirst from a bottle", A("drink")),
    ("gulps a beer", A("drink")),
    ("takes a swig of lemonade", A("drink")),
    ("takes a nap on the ground", A("lie_down")),
    ("dozes off on a mattress", A("lie_down")),
    ("lies flat on his back", A("lie_down")),
)
"""Wordings, and what they ask for."""


def outcome(text: str, asked: Action, encoder: TextEncoder, seed: int) -> tuple[bool, str, str]:
    """Whether the motion of some words passes; what was understood; what was off."""
    parsed = parse(text, encoder)
    done = performed(parsed.script, seed)
    verdict = judged(asked, joints_of(done.performance), done.performance.fps)
    named = "+".join(action.verb for action in parsed.script)
    return verdict.passed, f"{named} ({parsed.similarity:.2f})", verdict.wrong


def main() -> int:
    """Print the table; the exit status says whether four in five are right."""
    listed = {phrase for verb in verbs().values() for phrase in verb.words}
    if any(text in listed for text, _ in UNLISTED) or len({a.verb for _, a in UNLISTED}) < 30:
        print("A wording is listed, or there are fewer than 30 verbs.")
        return 2
    encoder = TextEncoder.load()
    right = 0
    for number, (text, asked) in enumerate(UNLISTED):
        passed, named, wrong = outcome(text, asked, encoder, number)
        right += passed
        print(f"{'ok ' if passed else 'NO '} {asked.verb:10s} {text:52s} {named:22s} {wrong}")
    print(f"{right} of {len(UNLISTED)} = {100.0 * right / len(UNLISTED):.0f} %")
    return 0 if right >= 0.8 * len(UNLISTED) else 1


if __name__ == "__main__":
    sys.exit(main())
