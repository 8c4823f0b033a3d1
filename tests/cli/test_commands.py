"""Every subcommand that is listed exists and explains itself."""

import pytest

from retouchgpt_core.cli.main import COMMANDS, main, parser_for


@pytest.mark.parametrize("command", COMMANDS)
def test_every_listed_command_has_a_parser(command: str) -> None:
    assert command in parser_for(command).format_help()


def test_the_overview_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"retouchgpt {command}" in shown for command in COMMANDS)
