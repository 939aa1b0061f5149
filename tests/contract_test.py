"""Recorded exchanges with lakeFS: Mere's answers are compared with them field by field."""

import pytest

from support.replay import Scenario, declared_differences, replay, scenarios, write_import_tree


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_answers_as_recorded(scenario: Scenario, make_server, import_dir) -> None:
    write_import_tree(import_dir)
    declared = {step for step in declared_differences() if step.startswith(scenario.name + "#")}

    with make_server(initialised=scenario.initialised) as server:
        found = replay(scenario, server.url, import_dir)

    unexpected = {step: lines for step, lines in found.items() if step not in declared}
    if unexpected:
        pytest.fail("\n".join("\n   ".join([step, *lines]) for step, lines in unexpected.items()), pytrace=False)
    assert not declared - found.keys(), "declared in differences.toml, but answered as recorded"


def test_declared_differences_name_steps_and_reasons() -> None:
    known = {f"{scenario.name}#{step['step']}" for scenario in scenarios() for step in scenario.steps}

    for step, reason in declared_differences().items():
        assert step in known
        assert reason
