"""The command line of `mere`: help, settings, setup, quickstart, completion, and how a server starts and stops."""

import json
import signal
import subprocess

import httpx
import pandas as pd
import pytest

from support import keys, program
from support.poll import patience, until

COMMANDS = ["serve", "quickstart", "setup", "restore", "verify", "config", "version", "completion"]


def test_help_names_every_command(tmp_path) -> None:
    ended = program.run("--help", cwd=tmp_path)

    assert ended.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ended.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, tmp_path) -> None:
    ended = program.run(command, "--help", cwd=tmp_path)

    assert ended.returncode == 0
    assert "Usage: mere " + command in ended.stdout.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["serve", "--no-such-flag"], ["restore"]])
def test_wrong_usage_is_explained_on_stderr_with_status_2(arguments: list[str], tmp_path) -> None:
    ended = program.run(*arguments, cwd=tmp_path)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "--help" in ended.stderr


def test_version_is_one_line(tmp_path) -> None:
    for way in ("version", "--version"):
        ended = program.run(way, cwd=tmp_path)

        assert ended.returncode == 0
        assert ended.stdout.startswith("mere ") and ended.stdout.count("\n") == 1


def test_config_lists_every_key_with_its_meaning(tmp_path) -> None:
    text = program.run("config", cwd=tmp_path).stdout
    described = json.loads(program.run("config", "--json", cwd=tmp_path).stdout)

    assert {"data_dir", "listen_address", "logging.level", "installation.user_name"} <= described.keys()
    assert all(described.values())
    assert [line.split()[0] for line in text.splitlines()] == list(described)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands(shell: str, tmp_path) -> None:
    script = program.run("completion", shell, cwd=tmp_path).stdout

    assert all(command in script for command in COMMANDS)
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        asked = script + "COMP_WORDS=(mere re); COMP_CWORD=1; _mere; echo \"${COMPREPLY[*]}\""
        assert subprocess.run(["bash"], input=asked, text=True, capture_output=True,
                              cwd=tmp_path, check=True).stdout == "restore\n"


def test_quickstart_serves_a_readable_sample_repository(make_server) -> None:
    server = make_server(initialised=False, command="quickstart").start()

    until(lambda: "mere serve" in server.output, what="the end of the introduction")
    assert keys.ACCESS_KEY in server.output
    assert keys.SECRET_KEY in server.output
    assert "lakefs://quickstart/main" in server.output
    lakes = pd.read_parquet("lakefs://quickstart/main/lakes.parquet", storage_options={
        "host": server.url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY})
    assert len(lakes) > 100
    assert len(lakes.columns) > 3


def test_quickstart_is_there_again_after_a_restart(make_server) -> None:
    server = make_server(initialised=False, command="quickstart").start()
    with server.client() as client:
        before = client.get("/repositories/quickstart/branches/main").json()
    assert server.stop() == 0

    server.start()

    with server.client() as client:
        assert client.get("/repositories/quickstart/branches/main").json() == before


def test_setup_prints_the_keys_that_the_server_then_knows(make_server) -> None:
    server = make_server(initialised=False)
    server.folder.mkdir()

    ended = program.run("setup", "--data", server.data, "--user-name", "alice", cwd=server.folder)

    assert ended.returncode == 0, ended.stderr
    first, key, secret = ended.stdout.splitlines()
    assert first == "credentials:"
    pair = (key.removeprefix("  access_key_id: "), secret.removeprefix("  secret_access_key: "))
    with server.start().client(auth=pair) as client:
        assert client.get("/user").json()["user"]["id"] == "alice"
    server.stop()
    again = program.run("setup", "--data", server.data, "--user-name", "bob", cwd=server.folder)
    assert (again.returncode, again.stdout) == (1, "Setup is already complete.\n")


def test_setup_takes_keys_that_are_given(make_server) -> None:
    server = make_server(initialised=False)
    server.folder.mkdir()

    ended = program.run("setup", "--data", server.data, "--user-name", "alice", "--access-key-id", keys.ACCESS_KEY,
                        "--secret-access-key", keys.SECRET_KEY, cwd=server.folder)

    assert ended.returncode == 0, ended.stderr
    with server.start().client() as client:
        assert client.get("/repositories").status_code == 200


def test_a_second_server_on_the_same_folder_is_refused(make_server) -> None:
    server = make_server().start()

    second = program.run("serve", "--data", server.data, "--listen", "127.0.0.1:0", cwd=server.folder)

    assert second.returncode == 1
    assert "another" in second.stderr and str(server.data) in second.stderr
    with server.client() as client:
        assert client.get("/repositories").status_code == 200


def test_a_taken_port_is_refused(make_server) -> None:
    first, second = make_server().start(), make_server()
    second.folder.mkdir()
    address = first.url.removeprefix("http://")

    ended = program.run("serve", "--data", second.data, "--listen", address, cwd=second.folder)

    assert ended.returncode == 1
    assert address in ended.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_the_server_with_status_0(make_server, how: signal.Signals) -> None:
    server = make_server().start()
    process = server.process

    process.send_signal(how)

    assert process.wait(timeout=patience(30)) == 0


def test_a_request_under_way_is_finished_before_the_server_stops(make_server) -> None:
    server = make_server().start()
    with server.client() as client:
        client.post("/repositories", json={"name": "repo", "storage_namespace": "local://repo"}).raise_for_status()

        def body():
            yield b"begun, "
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "shutting down" in server.logs(), what="the shutdown")
            yield b"finished"

        answer = client.post("/repositories/repo/branches/main/objects", params={"path": "slow"}, content=body())

    assert answer.status_code == 201
    assert server.process.wait(timeout=patience(30)) == 0
    server.process = None
    with server.start().client() as client:
        assert client.get("/repositories/repo/refs/main/objects", params={"path": "slow"}).text == "begun, finished"


def test_settings_come_from_flag_before_environment_before_file(make_server) -> None:
    server = make_server()
    server.folder.mkdir()
    (server.folder / "mere.yaml").write_text("logging:\n  format: json\n")

    assert logs_json(server)
    server.environment["MERE_LOGGING_FORMAT"] = "text"
    assert not logs_json(server)
    server.arguments = ("--set", "logging.format=json")
    assert logs_json(server)


def logs_json(server) -> bool:
    """Whether what a run logs is JSON; it logs its end at least."""
    server.start().stop()
    [line] = until(lambda: [line for line in server.output.splitlines() if "shutting down" in line])
    return line.startswith("{") and json.loads(line)["msg"] == "shutting down"


@pytest.mark.parametrize("wrong, said", [
    ("logging.levle=debug", "did you mean 'logging.level'?"),
    ("no.such.key=1", "unknown configuration key 'no.such.key'"),
    ("server.worker_threads=none", "server.worker_threads"),
    ("nothing", "KEY=VALUE"),
])
def test_a_wrong_setting_is_named(tmp_path, wrong: str, said: str) -> None:
    ended = program.run("serve", "--data", tmp_path / "lake", "--set", wrong, cwd=tmp_path)

    assert ended.returncode == 1
    assert ended.stderr.startswith("mere: ") and said in ended.stderr
    assert not (tmp_path / "lake").exists()


def test_a_wrong_key_in_the_file_is_named(tmp_path) -> None:
    (tmp_path / "wrong.yaml").write_text("databse:\n  type: local\n")

    ended = program.run("serve", "--data", tmp_path / "lake", "--config", tmp_path / "wrong.yaml", cwd=tmp_path)

    assert ended.returncode == 1
    assert "databse.type" in ended.stderr


def test_a_missing_configuration_file_is_an_error(tmp_path) -> None:
    ended = program.run("serve", "--config", tmp_path / "none.yaml", cwd=tmp_path)

    assert ended.returncode == 1
    assert "none.yaml" in ended.stderr


def test_a_lakefs_configuration_works_as_it_is(make_server) -> None:
    server = make_server(initialised=False, environment={
        "LAKEFS_INSTALLATION_USER_NAME": "admin",
        "LAKEFS_INSTALLATION_ACCESS_KEY_ID": keys.ACCESS_KEY,
        "LAKEFS_INSTALLATION_SECRET_ACCESS_KEY": keys.SECRET_KEY,
        "LAKEFS_DATABASE_TYPE": "local",
        "LAKEFS_BLOCKSTORE_TYPE": "local",
        "LAKEFS_STATS_ENABLED": "false",
    })

    with server.start().client() as client:
        assert client.get("/repositories").status_code == 200
