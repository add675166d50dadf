# SPDX-License-Identifier: Apache-2.0
"""The first stage of every run: the description, read from the prompt or given by the user.

The values of ``config.yml`` win over the prompt as soon as they differ from what was read; while
they do not, an edited prompt or seed is read afresh.
"""

from __future__ import annotations

import logging
from pathlib import Path

from gen3d.config import RunConfig, dump_config, load_config
from gen3d.progress import OnStep
from gen3d.runs import CONFIG, STAGES, Json, Run, StageRecord
from gen3d.spec import BodySpec, Description

DESCRIPTION = f"{STAGES}/description.json"
FROM_PROMPT, FROM_CONFIG = "prompt", "config"

logger = logging.getLogger(__name__)


def read(
    run: Run, config: RunConfig, common: Json, body: BodySpec | None = None
) -> tuple[StageRecord, RunConfig]:
    """Do the stage ``words`` and write its result into ``config.yml``.

    Args:
        run: Where.
        config: As it is on file, or as the command line wants it.
        common: Inputs that every stage has.
        body: Numbers that stand in for those that the words would give the body.

    Returns:
        The stage's record, whose fact ``from`` says where the values are from, and the config with
        a description.
    """
    write_config(run, config)
    given = config.description
    if given is None or _is_as_read(run, given):
        inputs = {"prompt": config.prompt, "seed": config.seed, "verb": config.verb}
        concept = config.concept
        inputs |= {} if concept is None else {"concept": concept.model_dump(mode="json")}
        inputs |= {} if body is None else {"body": body.model_dump(mode="json")}
        work = _Reader(config, body)
    else:
        inputs, work = {"description": given.model_dump(mode="json")}, _Keeper(given)
    record = run.stage("words", {**common, **inputs}, work)
    understood = config.model_copy(update={"description": _on_file(run)})
    write_config(run, understood)
    return record, understood


def write_config(run: Run, config: RunConfig) -> None:
    """Write ``config.yml`` unless it says this already (a user's comments are kept)."""
    path = run.folder / CONFIG
    if not path.exists() or load_config(path) != config:
        run.write(CONFIG, dump_config(config, run.folder.name))


class _Reader:
    """Reads the prompt."""

    def __init__(self, config: RunConfig, body: BodySpec | None) -> None:
        self._config = config
        self._body = body

    def __call__(self, to: Path, on_step: OnStep) -> Json:
        config = self._config
        if config.verb == "scene":
            from gen3d.prompt import describe

            description = describe(config.prompt, config.seed, of_place=True)
        else:
            # Cloth is woven with PyTorch, whose import costs seconds that a scene need not wait.
            from gen3d.concepts.mixing import described

            description = described(config.prompt, config.seed, config.concept)
        if self._config.verb == "motion":
            # All of the text is about the motion: its order, its times, its parts of the body.
            moving = description.motion.model_copy(update={"text": self._config.prompt})
            description = description.model_copy(update={"motion": moving, "notes": ()})
        if self._body is not None:
            character = description.character.model_copy(update={"body": self._body})
            description = description.model_copy(update={"character": character})
        logger.info("understood %r as %s", self._config.prompt, description.model_dump_json())
        on_step(1, 1)
        return _store(description, to, FROM_PROMPT)


class _Keeper:
    """Takes the user's values."""

    def __init__(self, given: Description) -> None:
        self._given = given

    def __call__(self, to: Path, on_step: OnStep) -> Json:
        on_step(1, 1)
        return _store(self._given, to, FROM_CONFIG)


def _store(description: Description, to: Path, source: str) -> Json:
    path = to / DESCRIPTION
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(description.model_dump_json(indent=1), encoding="utf-8")
    return {"from": source}


def _is_as_read(run: Run, given: Description) -> bool:
    """Whether the values in ``config.yml`` are still those that were read from the prompt."""
    record = run.record("words")
    if record is None or record.facts.get("from") != FROM_PROMPT:
        return False
    try:
        return given == _on_file(run)
    except (OSError, ValueError):
        return False


def _on_file(run: Run) -> Description:
    return Description.model_validate_json((run.folder / DESCRIPTION).read_text(encoding="utf-8"))
