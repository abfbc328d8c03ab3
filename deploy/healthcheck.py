"""Exits with 0 while the daemon of this container is ready, else with 1 and the reasons: the image's HEALTHCHECK."""

import os
import ssl
import sys
import urllib.error
import urllib.request

# Its certificate is for its name in the network, not for the loopback.
ANY_CERTIFICATE = ssl._create_unverified_context()
DIRECT = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ANY_CERTIFICATE)
)


def ask(scheme: str) -> str:
    port = os.environ.get("LABDAEMON_PORT") or "5000"
    with DIRECT.open(f"{scheme}://127.0.0.1:{port}/readyz", timeout=4) as answer:
        return answer.read().decode()


def main() -> int:
    for scheme in ("http", "https"):
        try:
            print(ask(scheme))
            return 0
        except urllib.error.HTTPError as error:
            found = error.read().decode(errors="replace")
            if error.code == 503:
                break
        except (OSError, ValueError) as error:
            found = str(error)
    print(found)
    return 1


sys.exit(main())
