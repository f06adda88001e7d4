#!/usr/bin/env python3
"""Counts the questions that are answered exactly once while an offline Discord injects faults, and prints a table.

    cargo build --release
    python3 benches/faults.py FOLDER_OF_THE_OFFLINE_DISCORD [FAULT ...]

Several questions a second are asked before, during and after each fault. A question counts as answered by each
message that replies to it. Without FAULT, the script runs all faults, which takes about twenty minutes. For another
bot, such as the minimal one, pass its program with `--footnote` and the command that it registers, if any, with
`--command`:

    python3 benches/faults.py FOLDER --footnote target/release/echo --command "" "gateway refused for 10 s"
"""

import collections
import signal
import sys
import threading
import time

from support.bot import Bot, arguments

POST = {"method": "POST", "path": "/channels/*/messages"}

# For each fault: how many seconds to ask, questions per second, and the fault itself.
FAULTS = {
    "gateway refused for 10 s": (18, 5, lambda discord, bot: discord.outage(10)),
    "gateway refused for 2 min": (128, 3, lambda discord, bot: discord.outage(120)),
    "gateway and REST refused for 10 s": (18, 5, lambda discord, bot: discord.outage(10, rest=True)),
    "gateway and REST refused for 2 min": (128, 3, lambda discord, bot: discord.outage(120, rest=True)),
    "3 dropped connections": (10, 6, lambda discord, bot: thrice(lambda: discord.drop(code=4000))),
    "3 dropped connections, sessions forgotten": (
        10,
        6,
        lambda discord, bot: thrice(lambda: discord.drop(code=4000, keep_session=False)),
    ),
    "3 invalid sessions": (10, 6, lambda discord, bot: thrice(lambda: discord.invalidate(resumable=False))),
    "3 reconnect requests": (10, 6, lambda discord, bot: thrice(discord.reconnect)),
    "20 replies answered 429": (6, 10, lambda discord, bot: discord.fault(429, times=20, retry_after=1.5, **POST)),
    "20 replies answered 500": (6, 10, lambda discord, bot: discord.fault(500, times=20, **POST)),
    "20 replies accepted, answered 502": (6, 10, lambda discord, bot: discord.fault(502, times=20, after=True, **POST)),
    "20 replies answered 503": (6, 10, lambda discord, bot: discord.fault(503, times=20, **POST)),
    "20 replies accepted, answered 504": (6, 10, lambda discord, bot: discord.fault(504, times=20, after=True, **POST)),
    "10 replies that take 12 s": (6, 10, lambda discord, bot: discord.fault(latency=12, times=10, **POST)),
    "REST answers 503 for 2 min": (120, 3, lambda discord, bot: for_two_minutes(discord)),
    "stopped twice, away for 3 s": (14, 6, lambda discord, bot: twice_away(bot, signal.SIGTERM)),
    "killed twice, away for 3 s": (14, 6, lambda discord, bot: twice_away(bot, signal.SIGKILL)),
}


def thrice(act):
    for _ in range(3):
        time.sleep(2)
        act()


def for_two_minutes(discord):
    discord.fault(503)
    time.sleep(120)
    discord.clear_faults()


def twice_away(bot, by):
    for _ in range(2):
        bot.stop(by)
        time.sleep(3)
        bot.start()
        time.sleep(1.5)


def run(drive, options, seconds, rate, fault):
    discord = drive.Discord.launch(port=options.port, members=60)
    bot = Bot(options.footnote, discord, '[discord]\nseen_file = "seen.json"\n')
    try:
        bot.start()
        discord.wait_for_bot(command=options.command or None)
        discord.send(bot.mentioning()[0], user="bob")
        count = seconds * rate
        burst = {"n": count, "rate": rate, "timeout": seconds + 150, "texts": bot.mentioning(), "user": "members"}
        asking = threading.Thread(target=lambda: discord.burst(**burst))
        asking.start()
        time.sleep(3)
        fault(discord, bot)
        asking.join()
        time.sleep(2)
        bot.stop()
        return counted(discord)
    finally:
        discord.stop()


def counted(discord):
    """Returns how many questions were asked, answered once, not answered, and answered more than once."""
    me, asked, replies = discord.state["app_id"], [], collections.Counter()
    listed = discord.messages("support")
    for message in listed["messages"] if isinstance(listed, dict) else listed:
        if message["author"]["id"] == me:
            replies[(message.get("message_reference") or {}).get("message_id")] += 1
        elif me in [user["id"] for user in message["mentions"]]:
            asked.append(message["id"])
    times = [replies[question] for question in asked]
    return len(asked), times.count(1), times.count(0), sum(count > 1 for count in times)


def main():
    parser = arguments("Counts the questions that are answered exactly once during faults")
    parser.add_argument("fault", nargs="*", help="the faults to run, by words of their names", default=[])
    parser.add_argument("--command", default="ask", help="the command that the bot registers; empty if it registers none")
    options = parser.parse_intermixed_args()
    sys.path.insert(0, str(options.discord))
    import drive

    print("| fault | asked | answered once | lost | duplicated |\n| --- | --- | --- | --- | --- |")
    for name, (seconds, rate, fault) in FAULTS.items():
        if not options.fault or any(words in name for words in options.fault):
            figures = run(drive, options, seconds, rate, fault)
            print(f"| {name} | " + " | ".join(map(str, figures)) + " |", flush=True)


if __name__ == "__main__":
    main()
