"""The Azure SDKs for Python at work: one line of JSON for each operation.

Usage: python sdks sync|aio PART..., with everybody as JSON on standard input. The synchronous and the asynchronous
clients run the same lines; Microsoft Graph has an asynchronous client only.
"""

import asyncio
import sys

import accounts
import directory
import identities
import keys
import managed_hsm
import reader
import refusals
import resources
import upserts
import vaults
import walkthrough
from party import tell

PARTS = {
    "provider": walkthrough.provider,
    "customer": walkthrough.customer,
    "accounts": walkthrough.accounts,
    "ours": walkthrough.ours,
    "upserts": upserts.upserts,
    "identities": identities.identities,
    "refusals": refusals.refusals,
    "reader": reader.reader,
    "keys in use": keys.in_use,
    "life of a key": keys.life,
    "directory": directory.directory,
    "vaults": vaults.vaults,
    "life of an account": accounts.life,
    "resources": resources.resources,
    "managed HSM": managed_hsm.managed_hsm,
}


async def main():
    for name in sys.argv[2:]:
        try:
            await PARTS[name]()
        except Exception as error:  # told with the operation that comes next, which is missing
            tell(f"{name} to its end", failed=f"{type(error).__name__}: {error}")


asyncio.run(main())
