# SPDX-License-Identifier: BSD-3-Clause
"""The command line itself: help, mistakes, and what this version does not have."""

import pytest


@pytest.mark.parametrize("command", ["setup", "build", "run", "test", "bench", "report", "igvm"])
def test_help(paravane, command):
    result = paravane(command, "--help")
    assert result.status == 0, result
    assert "usage: " in result.out


def test_no_command(paravane):
    result = paravane()
    assert result.status == 2
    assert "usage: ./paravane COMMAND" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["run", "--fly"],
        ["run", "--smp"],
        ["run", "--smp", "0"],
        ["run", "--smp", "9"],
        ["run", "--smp", "two"],
        ["run", "--memory", "255M"],
        ["run", "--memory", "1T"],
        ["run", "--memory", "1"],
        ["run", "--timeout", "soon"],
        ["run", "--exec", ""],
        ["run", "--igvm", "/dev/null/none"],
        ["run", "--initrd", "/dev/null/none"],
        ["run", "--firmware", "/dev/null/none"],
        ["run", "--firmware", __file__, "--kernel", __file__],
        ["run", "--firmware", __file__, "--initrd", __file__],
        ["run", "--firmware", __file__, "--append", "quiet"],
        ["run", "--firmware", __file__, "--exec", "true"],
        ["run", "--firmware", __file__, "--igvm", __file__],
        ["run", "--console", "ttyS0"],
        ["run", "--console", "hvc0", "--exec", "true"],
        ["test", "everything"],
        ["build", "release"],
        ["setup", "--for", "fun"],
        ["bench", "--fly"],
        ["bench", "--json"],
        ["bench", "--json", "/dev/null/none/f"],
        ["bench", "--functions", "few"],
    ],
)
def test_mistakes_are_named(paravane, arguments):
    result = paravane(*arguments)
    assert result.status == 2, result
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("paravane: ")


@pytest.mark.parametrize("option", [
    "--luks", "--kbs", "--kbs-ca", "--kbs-option", "--luks-key", "--reference", "--igvm", "--kernel", "--initrd",
    "--firmware", "--exec", "--smp", "--memory", "--disk", "--net", "--publish", "--console", "--timeout", "--json",
    "--cpu", "--refhv", "--qemu-arg",
])  # fmt: skip
def test_empty_value_is_a_mistake(paravane, option):
    # Not the same as no such option: --luks "$UNSET" starts no guest that nobody has asked a key for.
    result = paravane("run", option, "")
    assert (result.status, result.out) == (2, ""), result
    assert len(result.err.splitlines()) == 1 and f"run: {option}" in result.err


def test_empty_resource_says_what_one_is(paravane):
    assert "run: --luks needs REPOSITORY/TYPE/TAG" in paravane("run", "--luks", "", "--exec", "true").err


def test_command_line_too_long(run):
    result = run("--append", "a.b=1 " * 400, "--exec", "true")
    assert result.status == 1, result
    assert "too long" in result.err
