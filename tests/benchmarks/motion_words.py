# SPDX-License-Identifier: Apache-2.0
"""Thirty verbs in three wordings each that no list of the project has: is the motion the one asked?

Run ``python tests/benchmarks/motion_words.py``. Every wording is parsed, performed and measured on
its joints; the table says what was understood and what was found. A wording counts only if no word
of it names its verb in ``configs/motion``.
"""

from __future__ import annotations

import sys

from gen3d.text import TextEncoder
from motion.asked import joints_of, judged
from motion.language.parse import parse
from motion.language.perform import performed
from motion.language.script import Action

UNLISTED: dict[str, tuple[str, str, str]] = {
    "walk": (
        "treads along the street",
        "goes on a hike through the hills",
        "promenades by the river",
    ),
    "run": ("scampers off at top speed", "hurtles down the track", "scurries away in panic"),
    "sneak": (
        "moves without a sound like a burglar",
        "tries to pass the guards unnoticed",
        "steals through the house at night so that nobody hears",
    ),
    "march": (
        "files past in military lockstep",
        "drills like a guardsman",
        "advances with the regiment in formation",
    ),
    "limp": (
        "walks favouring a sprained ankle",
        "gets along on a bad leg",
        "walks with a broken foot",
    ),
    "jump": (
        "catapults upward off both feet",
        "takes off from the ground vertically",
        "pounces into the air",
    ),
    "crawl": (
        "moves like a baby on the floor",
        "gets through the tunnel on elbows and knees",
        "scrambles under a low fence on the stomach",
    ),
    "sit": ("plops onto a stool", "settles into an armchair", "parks on a bench"),
    "crouch": (
        "huddles low behind a barrel",
        "hunkers behind cover",
        "makes oneself small behind a wall",
    ),
    "kneel": (
        "sinks to a knee before the altar",
        "proposes to his girlfriend",
        "goes down on his knees to plead",
    ),
    "squat": (
        "trains the thighs with deep knee flexes",
        "dips the hips low as in leg training",
        "does leg day exercises",
    ),
    "bow": (
        "dips forward in reverence",
        "pays respect by inclining the upper body",
        "thanks the audience after the show by bending at the waist",
    ),
    "wave": (
        "signals hi to a neighbour",
        "bids farewell with the hand",
        "flaps a palm at a friend",
    ),
    "raise_arms": (
        "stretches both palms toward the ceiling",
        "throws the arms above the head",
        "has both hands high overhead",
    ),
    "clap": (
        "gives the band an ovation",
        "slaps the palms together",
        "shows appreciation with the hands after the concert",
    ),
    "point": (
        "aims a forefinger ahead",
        "singles someone out with the index finger",
        "directs attention to the door with an outstretched finger",
    ),
    "kick": ("lashes out with the leg", "punts a football", "whacks the ball with the foot"),
    "punch": (
        "lands a blow with a clenched hand",
        "socks someone on the jaw",
        "delivers an uppercut",
    ),
    "throw": ("chucks a stone", "launches a javelin", "slings a snowball"),
    "backflip": (
        "flips over in reverse",
        "performs a reverse salto",
        "does acrobatic backward flipping",
    ),
    "roll": (
        "goes head over heels on the mat",
        "performs a forward tuck along the floor",
        "rotates over the shoulders along the ground",
    ),
    "nod": (
        "signals assent with the head",
        "gives an affirmative with the head",
        "moves the head in approval",
    ),
    "shake_head": (
        "signals refusal with the head",
        "moves the head side to side in disapproval",
        "gestures no with the head",
    ),
    "look_around": ("scans the horizon", "peers in all directions", "checks the surroundings"),
    "salute": (
        "greets the general as soldiers do",
        "touches the cap before an officer",
        "honours the colonel with a hand at the brow",
    ),
    "spin": (
        "revolves on the spot",
        "gyrates like a top",
        "turns in rapid circles like a ballerina",
    ),
    "dance": ("performs a salsa", "gets down at the club", "shakes a leg to the beat of the song"),
    "drink": ("quenches thirst from a bottle", "gulps a beer", "swigs from a flask"),
    "lie_down": (
        "takes a snooze on the ground",
        "stretches out on the bed",
        "dozes off on a mattress",
    ),
    "fall": ("topples to the ground", "passes out", "keels over"),
}
"""Verb that is meant, and wordings for it."""


def outcome(verb: str, text: str, encoder: TextEncoder, seed: int) -> tuple[bool, str, str]:
    """Whether the motion of some words passes a verb's checks; what was understood; what not."""
    parsed = parse(text, encoder)
    done = performed(parsed.script, seed)
    action = parsed.script.actions[0]
    asked = Action(
        verb, count=action.count, direction=action.direction if action.verb == verb else ""
    )
    verdict = judged(asked, joints_of(done.performance), done.performance.fps)
    named = "+".join(a.verb for a in parsed.script)
    measured = verdict.wanted and verdict.passed
    passed = bool(measured) if verdict.wanted else named == verb
    return passed, f"{named} ({parsed.similarity:.2f})", verdict.wrong


def main() -> int:
    """Print the table; the exit status says whether four in five are right."""
    encoder = TextEncoder.load()
    right = total = 0
    for verb, wordings in UNLISTED.items():
        for seed, text in enumerate(wordings):
            passed, named, wrong = outcome(verb, text, encoder, seed)
            right, total = right + passed, total + 1
            print(f"{'ok ' if passed else 'NO '} {verb:12s} {text:55s} {named:24s} {wrong}")
    print(f"{right} of {total} = {100.0 * right / total:.0f} %")
    return 0 if right >= 0.8 * total else 1


if __name__ == "__main__":
    sys.exit(main())
