"""Opens admin-consent pages in headless Chromium, chooses who is signed in, and presses a button.

Usage: browser.py CHROMIUM PROXY PROFILE, with the visits as JSON on standard input: a list of {url, user, button}, where
the button is accept or cancel. Says a line of JSON for each visit: {query} if the browser was sent back to the
application, {error} with what the page says if it was not. Speaks the DevTools protocol over two pipes, so that nothing
beside Python is needed.
"""

import json
import os
import subprocess
import sys
import time

CHROMIUM, PROXY, PROFILE = sys.argv[1:]

PROXIES = f"""function FindProxyForURL(url, host) {{
    if (host === "localhost") return "DIRECT";
    return host.endsWith(".microsoftonline.com") ? "PROXY {PROXY.removeprefix("http://")}" : "PROXY 127.0.0.1:9";
}}"""
# What a page of Entra says that asks for nothing, or Chromium of a page that it does not show.
ERROR = """
    const error = (document.querySelector('#error') ?? document.querySelector('#error-code'))?.textContent;
    if (error) return JSON.stringify({error});"""
# Presses the button of the form for the user; says nothing while the page is not there yet.
PRESS = """(() => {
    %s
    const choice = [...document.querySelectorAll('[name=user]')]
        .flatMap((field) => field.options ? [...field.options] : [field])
        .find((option) => (option.text ?? option.labels?.[0]?.textContent ?? '').includes(%s));
    const button = document.querySelector('button[name=action][value=' + %s + ']');
    if (!choice || !button) return null;
    choice.selected = choice.checked = true;
    button.click();
    return '{}';
})()"""
BACK = """(() => {
    %s
    const is_back = location.pathname === '/consented' && document.body;
    return is_back ? JSON.stringify({query: location.search}) : null;
})()"""


class Browser:
    def __init__(self):
        command_in, self.commands = os.pipe()
        self.answers, answers_in = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        setup = lambda: (os.dup2(command_in, 103), os.dup2(answers_in, 104), os.dup2(103, 3), os.dup2(104, 4))
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            + ["--disable-component-update", "--no-first-run", "--disable-sync", "--remote-debugging-pipe"]
            # The proxy leads to the simulator alone, whose authority is in the user's database of NSS. What browsers look for
            # on their own goes nowhere.
            + [f"--proxy-pac-url=data:,{PROXIES}", f"--user-data-dir={PROFILE}"],
            preexec_fn=setup,
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(command_in), os.close(answers_in)
        self.received, self.number = b"", 0

    def ask(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.received:
                more = os.read(self.answers, 65536)
                if not more:
                    sys.exit("the browser ended")
                self.received += more
            answer, _, self.received = self.received.partition(b"\0")
            answer = json.loads(answer)
            if answer.get("id") == self.number:
                return answer.get("result", {})

    def until(self, session, script, what):
        """Looks until a script says something true."""
        for _ in range(100):
            said = self.ask("Runtime.evaluate", session, expression=script).get("result", {}).get("value")
            if said:
                return said
            time.sleep(0.1)
        page = self.ask("Runtime.evaluate", session, expression="document.documentElement.outerHTML")
        sys.exit(f"{what}: {page}")


browser = Browser()
for visit in json.load(sys.stdin):
    target = browser.ask("Target.createTarget", url=visit["url"])["targetId"]
    session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    press = PRESS % (ERROR, json.dumps(visit["user"]), json.dumps(visit["button"]))
    said = browser.until(session, press, "no page of consent")
    if said == "{}":
        said = browser.until(session, BACK % ERROR, "no redirect")
    print(said, flush=True)
browser.ask("Browser.close")
browser.process.wait()
