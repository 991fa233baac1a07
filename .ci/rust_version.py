"""Reads `cargo metadata` and fails if a dependency of a member needs a later Rust than the member states.

Development dependencies are left out: users do not compile them.
"""

import json
import sys


def version(text):
    """A version as comparable numbers; (0,) where none is stated."""
    return tuple(int(part) for part in (text or "0").split("."))


metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
edges = {
    node["id"]: [
        dependency["pkg"]
        for dependency in node["deps"]
        if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
    ]
    for node in metadata["resolve"]["nodes"]
}

failures = []
for member in metadata["workspace_members"]:
    stated = packages[member]["rust_version"]
    if stated is None:
        failures.append(f"{packages[member]['name']} states no rust-version")
    reached, open_ids = {member}, [member]
    while open_ids:
        for dependency in edges[open_ids.pop()]:
            if dependency not in reached:
                reached.add(dependency)
                open_ids.append(dependency)
    for package in (packages[reached_id] for reached_id in reached):
        if version(package["rust_version"]) > version(stated):
            failures.append(
                f"{packages[member]['name']} states {stated}, "
                f"but {package['name']} {package['version']} needs {package['rust_version']}"
            )

for failure in failures:
    print(failure, file=sys.stderr)
sys.exit(bool(failures))
