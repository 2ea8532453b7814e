"""written_anew.py SEGMENT SEAL_KEY: what root of a terminal can do to its journal with the keys that are there today: one
letter of an early event is another one, and every event behind it is chained, every checkpoint signed anew. The ratchet's
earlier keys are gone, so its marks stay."""
import hashlib
import json
import re
import subprocess
import sys
import tempfile

STATEMENT = ("sekisho checkpoint 1\nhost %s\nepoch %s\nseq %d\nprev %s\nperiod %s\nreason %s\ntime %s\nboot %s\n")
ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410: the private key follows


def sign(statement, secret):
    with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as text:
        key.write(ED25519 + secret)
        key.flush()
        text.write(statement.encode())
        text.flush()
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key.name, "-in", text.name],
                              check=True, stdout=subprocess.PIPE).stdout.hex()


def seal(text, header, secret):
    """The checkpoint @text with a signature for what it says now."""
    event = json.loads(text)
    fields = event["fields"]
    statement = STATEMENT % (header["host"], header["epoch"], event["seq"], event["prev"], fields["period"], fields["reason"],
                             event["time"], event["boot"])
    return re.sub(r'"signature":"[0-9a-f]*"', '"signature":"%s"' % sign(statement, secret), text)


def main():
    segment, key = sys.argv[1:]
    with open(key) as file:
        secret = bytes.fromhex(re.search(r"^Signing=([0-9a-f]{64})$", file.read(), re.MULTILINE).group(1))
    with open(segment, "rb") as file:
        header, *lines = file.read().rstrip(b"\0").decode().splitlines()
    out, before, changed = [header], None, False
    for line in lines:
        digest, text = line.split(" ", 1)
        if before:
            text = re.sub(r'"prev":"[0-9a-f]{64}"', '"prev":"%s"' % before, text)
        if not changed and "taro" in text:
            text, changed = text.replace("taro", "jiro"), True
        elif changed and '"kind":"store.checkpoint"' in text:
            text = seal(text, json.loads(header.split(" ", 1)[1]), secret)
        before = hashlib.sha256(text.encode()).hexdigest() if changed else None
        out.append("%s %s" % (before or digest, text))
    with open(segment, "w") as file:
        file.write("\n".join(out) + "\n")
    sys.exit(0 if changed else 1)


if __name__ == "__main__":
    main()
