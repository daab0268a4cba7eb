"""Card 2 of the invented TJ, which begins epoch 1 of its log, and the prologue: made from docs/formats.md alone, with no code
of the program. Use: make.py EVIDENCE_FOLDER OUT_FOLDER
"""
import base64
import hashlib
import os
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def sha256(data):
    return hashlib.sha256(data).digest()


def b64(data):
    return base64.b64encode(data).decode()


def secret(role):
    return Ed25519PrivateKey.from_private_bytes(sha256(f"tamga vector {role} TJ".encode()))


def public(role):
    return secret(role).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(name, key):
    return sha256(name.encode() + b"\n" + b"\x01" + key)[:4]


def vkey(name, role):
    return f"{name}+{key_id(name, public(role)).hex()}+{b64(bytes([1]) + public(role))}"


def signed(text, name):
    line = b64(key_id(name, public("root")) + secret("root").sign(text.encode()))
    return f"{text}\n\u2014 {name} {line}\n"


def main(evidence, out):
    with open(os.path.join(evidence, "TJ.card"), encoding="utf-8") as file:
        first = file.read().split("\n\n")[0] + "\n"
    node = "tamga/" + next(line.split()[1] for line in first.splitlines() if line.startswith("node "))
    lines = []
    for line in first.splitlines():
        if line.startswith("serial "):
            line = "serial 2"
        if line.startswith("prev "):
            line = "prev " + b64(sha256(first.encode()))
        if line.startswith("key clock "):
            lines.append(f"key envelope {vkey(node + '/envelope', 'envelope')} epoch 1 from 0")
        if line.startswith("key envelope "):
            lines.append(f"key log {vkey(node + '/log/1', 'log')} epoch 1 from 0")
        lines.append(line)
    card = "\n".join(lines) + "\n"
    prologue = (f"tamga/epoch/v1\nlog {node}/log/1\nafter {node}/log/0\nsize 9\nroot {b64(sha256(b'invented'))}\n"
                "reason the disk failed, and with it what nobody else had\ntime 1790000000\n")
    for name, text in (("TJ-2.card", card), ("TJ-1.prologue", prologue)):
        with open(os.path.join(out, name), "w", encoding="utf-8") as file:
            file.write(signed(text, node + "/root"))


main(*sys.argv[1:])
