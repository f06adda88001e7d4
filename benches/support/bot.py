"""Runs the release binary against an offline Discord, for cost.py, faults.py and soak.py.

The offline Discord is not part of this repository. It is a folder with `drive.py`, whose class `Discord` starts it;
it follows the rules of the PyPI package simcord 3.2.1. These scripts use only Python's standard library.
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
QUESTIONS = [
    "Why did Abe want to get closer to Russia?",
    "What happened to the island talks?",
    "who followed abe",
    "did sanctoins matter for japan",
    "what is the capital of france",
]


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("discord", type=pathlib.Path, help="the folder of the offline Discord's drive.py")
    parser.add_argument("--footnote", type=pathlib.Path, default=REPOSITORY / "target/release/footnote")
    parser.add_argument("--port", type=int, default=31500, help="the first port to use")
    return parser


def disable_garbage_collection():
    """Switches garbage collection off in Python programs that are started from now on. It stops the offline Discord
    for 10 to 160 ms, which would count as the bot's latency."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="footnote-python-"))
    (folder / "sitecustomize.py").write_text("import gc\n\ngc.disable()\n")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


class Bot:
    """A bot's process, and the folder with its settings and knowledge."""

    def __init__(self, program, discord, settings="", command=("serve",)):
        self.command, self.discord, self.process = [program.resolve(), *command], discord, None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="footnote-"))
        # Outside the folder that the bot watches for knowledge: each line would wake it.
        self.log = self.folder.with_suffix(".log")
        shutil.copy(REPOSITORY / "knowledge/japan-russia.json", self.folder)
        limits = "[limits]\nuser_per_10s = 0\nchannel_per_10s = 0\n"
        top = 'knowledge = ["japan-russia.json"]\nlearned_file = "learned.bin"\n'
        (self.folder / "config.toml").write_text(top + limits + settings)

    def start(self):
        state = self.discord.state
        environment = {"DISCORD_TOKEN": state["bot_token"], "FOOTNOTE_DISCORD_API_URL": state["base_url"]}
        environment |= {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}  # as deploy/ sets them
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, env=environment, stderr=log)
        return time.monotonic()

    def connected(self, sessions=1):
        while len(self.discord.sessions()["sessions"]) < sessions:
            if self.process.poll() is not None:
                sys.exit(self.log.read_text())
            time.sleep(0.002)
        return time.monotonic()

    def stop(self, by=signal.SIGTERM):
        self.process.send_signal(by)
        return self.process.wait(timeout=30)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def mentioning(self, questions=QUESTIONS):
        return [f"<@{self.discord.state['app_id']}> {question}" for question in questions]
