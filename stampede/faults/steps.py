"""Finds for each fault of a plan how it is carried out on this stack."""

from functools import partial

from stampede.errors import StampedeError
from stampede.faults.host import service_step
from stampede.faults.local import program_step
from stampede.faults.sessions import terminate_one
from stampede.faults.step import Step, command_step
from stampede.stack.local import LocalStack
from stampede.stack.proxy import delay_target, require_proxy, restore_delay
from stampede.suite.fault import Fault
from stampede.suite.model import Suite
from stampede.suite.plans import Plan


def find_steps(suite: Suite, plan: Plan) -> dict[Fault, Step]:
    """The steps of a plan's faults.

    Raises:
        StampedeError: one cannot be carried out here.
    """
    return {fault: _explain(suite, fault) for fault in plan.faults}


def _explain(suite: Suite, fault: Fault) -> Step:
    try:
        return _find_step(suite, fault)
    except StampedeError as error:
        raise StampedeError(f"The fault '{fault}' cannot be injected: {error}.") from None


def _find_step(suite: Suite, fault: Fault) -> Step:
    if command := suite.faults.commands.get(fault.action):
        return command_step(suite.folder, suite.faults.timeout, command)
    if fault.verb == "terminate":
        if suite.database is None:
            raise StampedeError("the suite names no database")
        return Step(partial(terminate_one, suite.database.url))
    if fault.verb == "latency":
        require_proxy(suite.settings)
        return Step(partial(delay_target, suite.settings, fault.delay_ms), partial(restore_delay, suite.settings))
    return _find_target_step(suite, fault)


def _find_target_step(suite: Suite, fault: Fault) -> Step:
    target = suite.faults.target(fault.target)
    assert target is not None  # the plan was checked when it was read
    if command := target.command(fault.verb):
        return command_step(suite.folder, suite.faults.timeout, command, target.resume)
    if suite.settings.stack == "compose":
        return service_step(suite.settings.fault_requests, fault, target)
    return program_step(LocalStack(suite), fault, target)
