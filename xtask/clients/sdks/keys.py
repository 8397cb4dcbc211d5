"""Keys in use, and the life of one."""

from datetime import datetime, timedelta, timezone

from azure.keyvault.keys import JsonWebKey, KeyRotationLifetimeAction, KeyRotationPolicy, KeyRotationPolicyAction
from azure.keyvault.keys.crypto import EncryptionAlgorithm, KeyWrapAlgorithm, SignatureAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from party import CUSTOMER, FLAVOUR, ended, items, refused, tell, text, value
from walkthrough import find_principal


async def in_use():
    """The key in use: wrapped here, unwrapped by the vault, rotated."""
    own = await value(CUSTOMER.keys.get_key("cmk"))
    client_of_key = CUSTOMER.unwrapping(own)
    wrapped = await value(client_of_key.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"7" * 32))
    plain = await value(client_of_key.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key))
    tell("wrap and unwrap", is_=plain.key == b"7" * 32)
    rotated = await value(CUSTOMER.keys.rotate_key("cmk"))
    current = await value(CUSTOMER.keys.get_key("cmk"))
    tell("rotated key", is_={"new": rotated.id != own.id, "current": rotated.id == current.id})
    sealed = await value(client_of_key.encrypt(EncryptionAlgorithm.rsa_oaep_256, b"secret"))
    plain = await value(client_of_key.decrypt(EncryptionAlgorithm.rsa_oaep_256, sealed.ciphertext))
    tell("encrypt and decrypt", is_=plain.plaintext == b"secret")
    tell("signature of an RSA key", is_=await signs(own, SignatureAlgorithm.ps256, 32))
    curve = await value(CUSTOMER.keys.create_ec_key("curve", curve="P-521"))
    tell("signature of an EC key", is_=await signs(curve, SignatureAlgorithm.es512, 64))
    numbers = ec.generate_private_key(ec.SECP256K1()).private_numbers()
    point = numbers.public_numbers
    halves = {"x": point.x, "y": point.y, "d": numbers.private_value}
    halves = {name: number.to_bytes(32, "big") for name, number in halves.items()}
    jwk = JsonWebKey(kty="EC", crv="P-256K", key_ops=["sign", "verify"], **halves)
    imported = await value(CUSTOMER.keys.import_key("imported", jwk))
    tell("signature of an imported key", is_=await signs(imported, SignatureAlgorithm.es256_k, 32))
    broken = JsonWebKey(kty="EC", crv="P-256K", **{**halves, "x": halves["y"]})
    await refused("import of what is no key", lambda: value(CUSTOMER.keys.import_key("broken", broken)))
    # The client looks at a key that it knows before it asks, so it is given the id alone.
    await value(CUSTOMER.keys.update_key_properties("imported", enabled=False))
    disabled = CUSTOMER.unwrapping(imported.id)
    await refused("signature by a disabled key", lambda: value(disabled.sign(SignatureAlgorithm.es256_k, b"7" * 32)))
    backup = await value(CUSTOMER.keys.backup_key("curve"))
    await refused("backup of a key that is there", lambda: value(CUSTOMER.keys.restore_key_backup(backup)))
    await dates()
    await without_reading()


async def signs(own, algorithm, length):
    """Whether the vault verifies what it signs."""
    client_of_key = CUSTOMER.unwrapping(own)
    signed = await value(client_of_key.sign(algorithm, b"7" * length))
    return (await value(client_of_key.verify(algorithm, b"7" * length, signed.signature))).is_valid


async def dates():
    """Keys whose dates are near: the vault's calendar is today's."""
    now, day = datetime.now(timezone.utc), timedelta(days=1)
    begun = await value(CUSTOMER.keys.create_rsa_key("begun", size=2048, not_before=now - day, expires_on=now + day))
    tell("signature by a key that began yesterday", is_=await signs(begun, SignatureAlgorithm.ps256, 32))
    for operation, name, first, last in [
        ("signature by a key that expired yesterday", "over", now - 2 * day, now - day),
        ("signature by a key that begins tomorrow", "early", now + day, now + 2 * day),
    ]:
        own = await value(CUSTOMER.keys.create_rsa_key(name, size=2048, not_before=first, expires_on=last))
        client_of_key = CUSTOMER.unwrapping(own.id)
        await refused(operation, lambda: value(client_of_key.sign(SignatureAlgorithm.ps256, b"7" * 32)))


async def without_reading():
    """The client knows a key by its id alone and may not read it, so it leaves everything to the vault."""
    properties = {
        "tenantId": CUSTOMER.tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": False,
        "accessPolicies": [
            {
                "tenantId": CUSTOMER.tenant,
                "objectId": (await find_principal(CUSTOMER.client_id)).id,
                "permissions": {"keys": ["create", "wrapKey", "unwrapKey"]},
            }
        ],
    }
    vault = {"location": "westeurope", "properties": properties}
    await ended(CUSTOMER.vaults.vaults.begin_create_or_update("keys", "contoso-unread", vault))
    keys = CUSTOMER.keys_of("contoso-unread")
    own = await value(keys.create_rsa_key("cmk", size=2048))
    await refused("key that may not be read", lambda: value(keys.get_key("cmk")))
    client_of_key = CUSTOMER.unwrapping(own.id)
    wrapped = await value(client_of_key.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"7" * 32))
    plain = await value(client_of_key.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key))
    tell("wrapped by the vault", is_={"same": plain.key == b"7" * 32, "longer": len(wrapped.encrypted_key)})


async def life():
    """Versions, a rotation policy, changes, deletion and recovery."""
    keys = CUSTOMER.keys
    first = await value(keys.create_rsa_key("aging", size=2048))
    second = await value(keys.rotate_key("aging"))
    versions = await items(keys.list_properties_of_key_versions("aging"))
    both = {first.properties.version, second.properties.version}
    tell("versions of a key", is_={"number": len(versions), "same": {one.version for one in versions} == both})
    old = await value(keys.get_key("aging", first.properties.version))
    tell("old version of a key", is_={"same": old.id == first.id})
    names = [one.name for one in await items(keys.list_properties_of_keys())]
    tell("keys of the vault", is_={"known": "aging" in names and "cmk" in names})

    policy = await value(keys.get_key_rotation_policy("aging"))
    tell("rotation policy before", is_=rotation(policy))
    action = KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate, time_before_expiry="P30D")
    wanted = KeyRotationPolicy(lifetime_actions=[action], expires_in="P90D")
    written = await value(keys.update_key_rotation_policy("aging", wanted))
    read = await value(keys.get_key_rotation_policy("aging"))
    tell("rotation policy", is_={"written": rotation(written), "read": rotation(read)})

    changed = await value(
        keys.update_key_properties(
            "aging", first.properties.version, enabled=False, tags={"a": "b"}, key_operations=["wrapKey", "unwrapKey"]
        )
    )
    properties = changed.properties
    told = {"enabled": properties.enabled, "tags": properties.tags, "operations": changed.key_operations}
    tell("changed version of a key", is_={"same": changed.id == first.id, **told})
    expired = datetime(2020, 1, 1, tzinfo=timezone.utc)
    await value(keys.update_key_properties("aging", enabled=True, expires_on=expired))
    client_of_key = CUSTOMER.unwrapping(second.id)
    sign = lambda: value(client_of_key.sign(SignatureAlgorithm.ps256, b"7" * 32))
    await refused("signature by an expired key", sign)

    # Only the synchronous client has pollers for these.
    is_sync = FLAVOUR == "sync"
    gone = await (ended(keys.begin_delete_key("aging")) if is_sync else keys.delete_key("aging"))
    tell("deletion of a key", is_={"recovery": gone.recovery_id, "scheduled": gone.scheduled_purge_date is not None})
    await refused("deleted key", lambda: value(keys.get_key("aging")))
    found = await value(keys.get_deleted_key("aging"))
    tell("deleted key, read", is_={"same": found.id == gone.id, "recovery": found.recovery_id})
    tell("deleted keys", is_={"known": "aging" in [one.name for one in await items(keys.list_deleted_keys())]})
    await refused("purge of a key under purge protection", lambda: value(keys.purge_deleted_key("aging")))
    await (ended(keys.begin_recover_deleted_key("aging")) if is_sync else keys.recover_deleted_key("aging"))
    tell("recovered key", is_={"same": (await value(keys.get_key("aging"))).id == second.id})


def rotation(policy):
    actions = [
        {"action": text(one.action), "before": one.time_before_expiry}
        for one in policy.lifetime_actions
    ]
    return {"expires": policy.expires_in, "actions": actions}
