"""A managed HSM: made, activated, its local roles, its keys, an account under one of them, and its end."""

import base64
import uuid
from datetime import datetime, timedelta, timezone

from azure.keyvault.administration import KeyVaultRoleScope
from azure.keyvault.keys.crypto import EncryptionAlgorithm, KeyWrapAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from party import CUSTOMER, PROVIDER, client, ended, items, refused, tell, text, value
from walkthrough import account, find_application, find_principal, new_account

HSM = "contoso-hsm"
HOST = f"https://{HSM}.managedhsm.azure.net"
CRYPTO_USER = "21dbd100-6940-42c2-9190-5d6cb909625b"
ENCRYPTION_USER = "33413926-3206-4cdd-b39a-83574fe37a17"
DEFINITIONS = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions"


async def managed_hsm():
    own = CUSTOMER.vaults.managed_hsms
    me = (await find_principal(CUSTOMER.client_id)).id
    free = await value(own.check_mhsm_name_availability({"name": HSM}))
    tell("free name of an HSM", is_={"available": free.name_available})
    made = await ended(own.begin_create_or_update("keys", HSM, new_hsm(me)))
    tell("managed HSM", is_=hsm(made))
    taken = await value(own.check_mhsm_name_availability({"name": HSM}))
    tell("taken name of an HSM", is_={"available": taken.name_available, "reason": text(taken.reason)})
    for operation, pages in [
        ("HSMs of the group", own.list_by_resource_group("keys")),
        ("HSMs of the subscription", own.list_by_subscription()),
    ]:
        tell(operation, is_=[one.name for one in await items(pages)])

    keys = client("azure.keyvault.keys", "KeyClient")(HOST, CUSTOMER.credential)
    create = lambda: value(keys.create_rsa_key("cmk", size=3072, hardware_protected=True))
    await refused("key of an HSM that is not activated", create)
    await activate()
    await refused("key of an HSM without a local role", create)
    await local_roles(me)
    own_key = await create()
    told = {"uri": own_key.id, "kty": text(own_key.key_type)}
    tell("key of an HSM", is_=told)
    await in_use(keys, own_key)
    await encrypted_account()
    await end(own)


def new_hsm(administrator):
    return {
        "location": "westeurope",
        "sku": {"family": "B", "name": "Standard_B1"},
        "properties": {
            "tenantId": CUSTOMER.tenant,
            "initialAdminObjectIds": [administrator],
            "enablePurgeProtection": True,
            "softDeleteRetentionInDays": 7,
        },
    }


def hsm(own):
    properties = own.properties
    return {
        "id": own.id,
        "uri": properties.hsm_uri,
        "tenantId": properties.tenant_id,
        "purgeProtection": properties.enable_purge_protection,
        "retention": properties.soft_delete_retention_in_days,
        "state": text(properties.provisioning_state),
    }


async def activate():
    """Downloads the security domain under three certificates; two holders could open it."""
    domain = client("azure.keyvault.securitydomain", "SecurityDomainClient")(HOST, CUSTOMER.credential)
    few = {"certificates": [certificate(number) for number in range(2)], "required": 2}
    await refused("security domain under two certificates", lambda: value(domain.begin_download(few)))
    certificates = {"certificates": [certificate(number) for number in range(3)], "required": 2}
    downloaded = await ended(domain.begin_download(certificates, polling_interval=1))
    status = await value(domain.get_download_status())
    tell("activated HSM", is_={"domain": bool(downloaded.value), "status": text(status.status)})


def certificate(number):
    """A new certificate of its own issuer, as a JSON Web Key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"holder {number}")])
    now = datetime.now(timezone.utc)
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, now, now + timedelta(days=1))
    made = builder.sign(key, hashes.SHA256())
    numbers = key.public_key().public_numbers()
    encode = lambda octets: base64.urlsafe_b64encode(octets).decode().rstrip("=")
    integer = lambda number: encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    return {
        "kid": f"holder-{number}",
        "kty": "RSA",
        "alg": "RSA-OAEP-256",
        "key_ops": ["verify", "encrypt", "wrapKey"],
        "n": integer(numbers.n),
        "e": integer(numbers.e),
        "x5c": [base64.b64encode(made.public_bytes(Encoding.DER)).decode()],
        "x5t": encode(made.fingerprint(hashes.SHA1())),
        "x5t#S256": encode(made.fingerprint(hashes.SHA256())),
    }


async def local_roles(me):
    """Azure's roles count for nothing: the administrator gives local ones, to the own person and to the application."""
    access = client("azure.keyvault.administration", "KeyVaultAccessControlClient")(HOST, CUSTOMER.credential)
    app = await find_application()
    principal = (await find_principal(app.app_id)).id
    names = [one.role_name for one in await items(access.list_role_definitions(KeyVaultRoleScope.GLOBAL))]
    tell("local role definitions", is_={"known": "Managed HSM Crypto Service Encryption User" in names})
    read = await value(access.get_role_definition(KeyVaultRoleScope.GLOBAL, CRYPTO_USER))
    tell("local role definition", is_={"name": read.role_name, "type": text(read.role_type)})
    scope = KeyVaultRoleScope.KEYS
    for operation, role, who in [
        ("local role of the customer", CRYPTO_USER, me),
        ("local role of the application", ENCRYPTION_USER, principal),
    ]:
        made = await value(access.create_role_assignment(scope, f"{DEFINITIONS}/{role}", who, name=uuid.uuid4()))
        properties = made.properties
        told = {"role": properties.role_definition_id, "scope": properties.scope}
        tell(operation, is_={"same": properties.principal_id == who, **told})
        read = await value(access.get_role_assignment(scope, made.name))
        tell(f"{operation}, read", is_={"same": read.role_assignment_id == made.role_assignment_id})
    role = f"{DEFINITIONS}/{CRYPTO_USER}"
    spare = await value(access.create_role_assignment(scope, role, principal, name=uuid.uuid4()))
    number = len(await items(access.list_role_assignments(scope)))
    await value(access.delete_role_assignment(scope, spare.name))
    left = await items(access.list_role_assignments(scope))
    # The administrator's own is one of them.
    tell("local roles", is_={"before": number, "after": len(left)})
    await refused("local role that is gone", lambda: value(access.get_role_assignment(scope, spare.name)))


async def in_use(keys, own):
    """RSA and AES; an AES key never leaves the HSM, so everything is done there."""
    wrapped = await value(CUSTOMER.unwrapping(own).wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"7" * 32))
    plain = await value(CUSTOMER.unwrapping(own).unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key))
    tell("wrap and unwrap by an HSM", is_=plain.key == b"7" * 32)
    oct_key = await value(keys.create_oct_key("aes", size=256, hardware_protected=True))
    client_of_key = CUSTOMER.unwrapping(oct_key)
    wrapped = await value(client_of_key.wrap_key(KeyWrapAlgorithm.aes_256, b"7" * 32))
    plain = await value(client_of_key.unwrap_key(KeyWrapAlgorithm.aes_256, wrapped.encrypted_key))
    told = {"kty": text(oct_key.key_type), "same": plain.key == b"7" * 32, "length": len(wrapped.encrypted_key)}
    tell("AES key wrap by an HSM", is_=told)
    aad = b"orders"
    sealed = await value(
        client_of_key.encrypt(EncryptionAlgorithm.a256_gcm, b"secret", additional_authenticated_data=aad)
    )
    beside = {"iv": sealed.iv, "authentication_tag": sealed.tag, "additional_authenticated_data": aad}
    plain = await value(client_of_key.decrypt(EncryptionAlgorithm.a256_gcm, sealed.ciphertext, **beside))
    tell("AES in GCM by an HSM", is_=plain.plaintext == b"secret")
    names = sorted(one.name for one in await items(keys.list_properties_of_keys()))
    tell("keys of the HSM", is_=names)


async def encrypted_account():
    app = await find_application()
    own = await value(PROVIDER.identities.user_assigned_identities.get("rg", "cmk-identity"))
    federated = f"UserAssignedIdentity={own.id}&FederatedClientId={app.app_id}"
    create = PROVIDER.cosmos.database_accounts.begin_create_or_update
    await ended(create("rg", "by-hsm", new_account(own.id, federated, f"{HOST}/keys/cmk")))
    tell("account under a key of an HSM", is_=await account("by-hsm"))


async def end(own):
    # Recorded: the operation of an update ends without a body.
    ended_with = await ended(own.begin_update("keys", HSM, {"tags": {"a": "b"}}))
    changed = await value(own.get("keys", HSM))
    tell("updated HSM", is_={"answer": ended_with, "tags": changed.tags})
    await ended(own.begin_delete("keys", HSM))
    await refused("deleted HSM", lambda: value(own.get("keys", HSM)))
    tell("deleted HSMs", is_=[one.name for one in await items(own.list_deleted())])
    found = await value(own.get_deleted(HSM, "westeurope"))
    tell("deleted HSM, read", is_={"name": found.name, "protected": found.properties.purge_protection_enabled})
    await refused("purge of an HSM under purge protection", lambda: ended(own.begin_purge_deleted(HSM, "westeurope")))
    me = (await find_principal(CUSTOMER.client_id)).id
    again = new_hsm(me)
    await refused("name of a deleted HSM", lambda: ended(own.begin_create_or_update("keys", HSM, again)))
    again["properties"]["createMode"] = "recover"
    await ended(own.begin_create_or_update("keys", HSM, again))
    tell("recovered HSM", is_=hsm(await value(own.get("keys", HSM))))
