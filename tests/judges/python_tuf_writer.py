"""python-tuf writes a repository for us to read.

Usage: python_tuf_writer.py FOLDER plain|sha512|prefixes|succinct

FOLDER gets metadata/ and targets/. Root is signed by an RSA, a P-256 and an ed25519 key (2 of 3),
the other roles by P-256 keys; documents are in the layout that python-tuf writes by default. The
targets dir/file0.txt to dir/file9.txt are listed by the top-level role, by bins with hash
prefixes, or by succinct bins. With sha512 the top-level role lists them, and that is the only
digest that stands anywhere; otherwise targets have sha256 and sha512, and roles have none.
"""

import hashlib
import pathlib
import sys
from datetime import datetime, timedelta, timezone

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

EXPIRES = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)
PREFIXES = "0123456789abcdef"


class Writer:
    """Writes signed documents under their versioned names."""

    def __init__(self, folder: pathlib.Path, algorithms: list[str]) -> None:
        self.algorithms = algorithms
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self.metadata.mkdir(parents=True)
        self.snapshot = Snapshot(expires=EXPIRES)

    def write(self, name: str, signed, *signers) -> None:
        document = Metadata(signed)
        for signer in signers:
            document.sign(signer, append=True)
        document.to_file(str(self.metadata / name))

    def role(self, name: str, signed: Targets, signer) -> None:
        self.write(f"1.{name}.json", signed, signer)
        self.snapshot.meta[f"{name}.json"] = self.meta(f"1.{name}.json")

    def meta(self, name: str) -> MetaFile:
        if self.algorithms != ["sha512"]:
            return MetaFile(1)
        return MetaFile.from_data(1, (self.metadata / name).read_bytes(), self.algorithms)

    def target(self, path: str, content: bytes) -> TargetFile:
        target = TargetFile.from_data(path, content, self.algorithms)
        folder, _, name = path.rpartition("/")
        digest = hashlib.new(self.algorithms[0], content).hexdigest()
        place = self.targets / folder / f"{digest}.{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return target


def main() -> None:
    layout = sys.argv[2]
    algorithms = ["sha512"] if layout == "sha512" else ["sha256", "sha512"]
    writer = Writer(pathlib.Path(sys.argv[1]), algorithms)
    online, bins = CryptoSigner.generate_ecdsa(), CryptoSigner.generate_ecdsa()
    officers = [
        CryptoSigner.generate_rsa(scheme="rsassa-pss-sha256"),
        CryptoSigner.generate_ecdsa(),
        CryptoSigner.generate_ed25519(),
    ]
    root = Root(expires=EXPIRES, consistent_snapshot=True)
    for officer in officers:
        root.add_key(officer.public_key, "root")
    root.roles["root"].threshold = 2
    for role in ("timestamp", "snapshot", "targets"):
        root.add_key(online.public_key, role)
    writer.write("1.root.json", root, officers[0], officers[2])
    root.version = 2
    writer.write("2.root.json", root, officers[0], officers[1])

    top = Targets(expires=EXPIRES)
    files = {f"dir/file{index}.txt": f"content {index}\n".encode() for index in range(10)}
    targets = {path: writer.target(path, content) for path, content in files.items()}
    keys = {bins.public_key.keyid: bins.public_key}
    is_flat = layout in ("plain", "sha512")
    if is_flat:
        top.targets = targets
    elif layout == "prefixes":
        roles = {}
        for digit in PREFIXES:
            name = f"bin-{digit}"
            prefixes = [digit + other for other in PREFIXES]
            roles[name] = DelegatedRole(
                name, list(keys), 1, False, path_hash_prefixes=prefixes
            )
        top.delegations = Delegations(keys, roles)
    else:
        succinct = SuccinctRoles(list(keys), 1, 5, "bin")
        top.delegations = Delegations(keys, succinct_roles=succinct)
    if not is_flat:
        delegations = top.delegations
        names = delegations.roles or delegations.succinct_roles.get_roles()
        contents = {name: Targets(expires=EXPIRES) for name in names}
        for path, target in targets.items():
            [(name, _)] = delegations.get_roles_for_target(path)
            contents[name].targets[path] = target
        for name, role in contents.items():
            writer.role(name, role, bins)
    writer.role("targets", top, online)
    writer.write("1.snapshot.json", writer.snapshot, online)
    snapshot = writer.meta("1.snapshot.json")
    writer.write("timestamp.json", Timestamp(expires=EXPIRES, snapshot_meta=snapshot), online)


if __name__ == "__main__":
    main()
