"""What the audits must know of one system, as its section of suite.toml declares it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemRules:
    """Refusal codes by what they depend on; those of absence are `code` or `code on action`.

    `absent_entity`: codes that are justified while the entity does not exist (`not_found on view`).
    `absent_actor`: codes that are justified while the actor has no state of its own in the entity (`not_registered`).
    `kept_refusals`: codes that the target stores under the operation's key, so that a told one must be found.
    """

    absent_entity: frozenset[str] = frozenset()
    absent_actor: frozenset[str] = frozenset()
    kept_refusals: frozenset[str] = frozenset()
