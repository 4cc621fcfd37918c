#!/usr/bin/env python3
"""Installs libraries of peers.yml into a folder; a library that cannot be installed does not stop the others.

Reads one JSON object from standard input: {"folder": F, "files": D, "libraries": [ENTRY]}. An entry is one of
peers.yml; D has the sources of plug-ins, plugin.hpp and recallbench_index.h. Python's packages go into the virtual
environment F/venv, plug-ins to F/lib/libNAME.so, and F/installed.json lists the installed libraries:

    {"python": PATH, "libraries": {NAME: {"version": V, "files": [{"name": N, "sha256": H}],
                                          "plugin": PATH, "compile": COMMAND, "compiler": VERSION}}}

where only plug-ins have the last three. Progress and failures are lines on standard error. Ends with code 1 when
a library could not be installed.
"""
import fcntl
import glob
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile


class Failure(Exception):
    """The reason why a library cannot be installed, in one line."""


def tell(text):
    print(text, file=sys.stderr, flush=True)


def run(command, purpose):
    """The standard output of a command; raises a Failure with the most relevant line of its output."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    except OSError as error:
        raise Failure(f"{purpose} failed: {command[0]}: {error.strerror}") from error
    if done.returncode == 0:
        return done.stdout
    if "Python.h" in done.stdout + done.stderr:
        raise Failure(f"{purpose} failed: Python.h is missing; apt install python3-dev")
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    said = (errors or lines or [f"code {done.returncode}"])[0]
    raise Failure(f"{purpose} failed: {said}")


def hashed(folder):
    files = []
    for path in sorted(glob.glob(os.path.join(folder, "*"))):
        with open(path, "rb") as file:
            files.append({"name": os.path.basename(path), "sha256": hashlib.sha256(file.read()).hexdigest()})
    return files


class Installation:
    def __init__(self, folder, files):
        self.folder, self.files = os.path.abspath(os.path.expanduser(folder)), files
        self.python = os.path.join(self.folder, "venv", "bin", "python")
        self.record_path = os.path.join(self.folder, "installed.json")
        self.lock()
        self.record = {"python": self.python, "libraries": {}}
        if os.path.exists(self.record_path):
            try:
                with open(self.record_path) as file:
                    self.record["libraries"] = dict(json.load(file)["libraries"])
            except (ValueError, KeyError, TypeError):
                os.replace(self.record_path, self.record_path + ".damaged")
                tell(f"{self.record_path} was damaged and is now beside it; install what is missing again")

    def lock(self):
        """Creates the folder, and waits until no other installer works in it; the lock ends with this process."""
        os.makedirs(os.path.join(self.folder, "lib"), exist_ok=True)
        self.locked = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(self.locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"another installer is at work in {self.folder}: waiting")
            fcntl.flock(self.locked, fcntl.LOCK_EX)

    def prepare(self):
        """Creates the virtual environment."""
        if os.path.exists(self.python):
            return
        if importlib.util.find_spec("ensurepip") is None:
            raise Failure(f"{sys.executable} cannot make a virtual environment; apt install python3-venv")
        run([sys.executable, "-m", "venv", os.path.dirname(os.path.dirname(self.python))], "the virtual environment")

    def install(self, entry):
        name = entry["library"]
        with tempfile.TemporaryDirectory(dir=self.folder) as room:
            tell(f"{name}: packages")
            files = self.packages(entry.get("packages", []), os.path.join(room, "wheels"))
            files += self.headers(entry.get("headers", []), os.path.join(room, "headers"))
            main = (entry.get("packages", []) + entry.get("headers", []))[0]
            installed = {"version": main.replace("==", " "), "files": files}
            if entry["road"] == "plugin":
                tell(f"{name}: compiling")
                installed |= self.compiled(entry, main.partition("==")[2], os.path.join(room, "headers"))
            else:
                run([self.python, "-c", f"import {entry['import']}"], f"import {entry['import']}")
        self.record["libraries"][name] = installed
        self.write()
        tell(f"{name}: installed, {installed['version']}")

    def packages(self, packages, folder):
        """Installs packages from wheels; pip builds the wheel of a package that has none."""
        if not packages:
            return []
        pip = [self.python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        run([*pip, "wheel", "--wheel-dir", folder, *packages], "pip wheel " + " ".join(packages))
        run([*pip, "install", "--no-index", "--find-links", folder, *packages], "pip install " + " ".join(packages))
        return hashed(folder)

    def headers(self, packages, folder):
        """Unpacks source packages."""
        for package in packages:
            run(
                [
                    self.python, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps",
                    "--no-binary", package.partition("==")[0], "--dest", folder, package,
                ],
                f"pip download {package}",
            )
        files = hashed(folder)
        for file in files:
            with tarfile.open(os.path.join(folder, file["name"])) as archive:
                archive.extractall(folder)
        return files

    def compiled(self, entry, version, headers):
        """Compiles a plug-in, and loads it once as a check."""
        compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
        if compiler is None:
            raise Failure("there is no C++ compiler; apt install g++")
        site = run(
            [self.python, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"], "the environment's folder"
        ).strip()
        plugin = os.path.join(self.folder, "lib", f"lib{entry['library']}.so")
        made = plugin + ".new"
        command = [
            *shlex.split(compiler), "-std=c++17", "-O3", "-march=native", "-DNDEBUG", "-fPIC", "-shared",
            "-fvisibility=hidden", "-pthread", f'-DLIBRARY_VERSION="{version}"', f"-I{self.files}",
            os.path.join(self.files, entry["source"]), "-o", made,
            *[flag.replace("{headers}", headers).replace("{site}", site) for flag in entry["flags"]],
        ]
        run(command, f"compiling {entry['source']}")
        load = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).recallbench_library()"
        run([sys.executable, "-c", load, made], f"loading the compiled {entry['source']}")
        os.replace(made, plugin)
        first_line = run([*shlex.split(compiler), "--version"], compiler).splitlines()[0]
        return {"plugin": plugin, "compile": shlex.join(command).replace(headers, "{headers}"), "compiler": first_line}

    def write(self):
        with open(self.record_path + ".new", "w") as file:
            json.dump(self.record, file, indent=2)
        os.replace(self.record_path + ".new", self.record_path)


def main():
    order = json.load(sys.stdin)
    try:
        installation = Installation(order["folder"], os.path.abspath(order["files"]))
        installation.prepare()
    except (Failure, OSError) as failure:
        tell(f"error: {failure}")
        return 1
    failures = 0
    for entry in order["libraries"]:
        try:
            installation.install(entry)
        except (Failure, OSError, tarfile.TarError) as failure:
            tell(f"error: {entry['library']}: {failure}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
