"""Puts the JavaScript client into the wheel. Not in the repository: npm ci installs what package-lock.json pins."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = "node_modules/socket.io-client"
FILES = 8  # socket.io.js, min, esm.min and msgpack.min, each with its map


class BuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable" or Path(self.root, "realtime/client").is_dir():  # a source distribution has them
            return
        client = Path(self.root, CLIENT)
        bundles = sorted(client.glob("dist/socket.io*"))
        if len(bundles) < FILES:
            raise FileNotFoundError(f"{client} is not complete: run npm ci first, for the package carries the client")
        carried = [client / "package.json", client / "LICENSE", *bundles]
        build_data["force_include"].update({str(file): f"realtime/client/{file.name}" for file in carried})
