//! Operations of the data planes of Key Vault.

use super::Operation;

const RELEASE: &str = "release policies";
const BACKUP: &str = "the text is opaque, and restores in this simulator only";
const SHORT: &str = "RSA keys of 1024 bits, which are stored only";
const NULL: &str = "`RSNULL`; RSA keys of 1024 bits, which are stored only";
const CBC: &str = "CBC; RSA keys of 1024 bits, which are stored only";
const A192KW: &str = "`A192KW`; RSA keys of 1024 bits, which are stored only";

/// One line a row, as a table.
#[rustfmt::skip]
pub(super) const VAULT: &[Operation] = &[
    vault("GET", "/keys", ""),
    vault("POST", "/keys/restore", BACKUP),
    vault("POST", "/keys/{key-name}/create", RELEASE),
    vault("PUT", "/keys/{key-name}", "keys that an HSM has wrapped for their import, release policies"),
    vault("GET", "/keys/{key-name}/versions", ""),
    vault("GET", "/keys/{key-name}/rotationpolicy", ""),
    vault("PUT", "/keys/{key-name}/rotationpolicy", "notifications are stored, not sent; the texts of refusals have no source"),
    vault("POST", "/keys/{key-name}/rotate", SHORT),
    vault("POST", "/keys/{key-name}/backup", BACKUP),
    vault("GET", "/keys/{key-name}/[{key-version}]", RELEASE),
    vault("PATCH", "/keys/{key-name}/[{key-version}]", RELEASE),
    vault("DELETE", "/keys/{key-name}", ""),
    vault("POST", "/keys/{key-name}/[{key-version}]/encrypt", SHORT),
    vault("POST", "/keys/{key-name}/[{key-version}]/decrypt", SHORT),
    vault("POST", "/keys/{key-name}/[{key-version}]/wrapkey", SHORT),
    vault("POST", "/keys/{key-name}/[{key-version}]/unwrapkey", SHORT),
    vault("POST", "/keys/{key-name}/[{key-version}]/sign", NULL),
    vault("POST", "/keys/{key-name}/[{key-version}]/verify", NULL),
    vault("GET", "/deletedkeys", ""),
    vault("GET", "/deletedkeys/{key-name}", ""),
    vault("POST", "/deletedkeys/{key-name}/recover", ""),
    vault("DELETE", "/deletedkeys/{key-name}", "the text of the refusal under purge protection has no source"),
];

/// One line a row, as a table. Texts of refusals other than that of a missing local role have no source.
#[rustfmt::skip]
pub(super) const MANAGED_HSM: &[Operation] = &[
    hsm("GET", "/{scope}/providers/Microsoft.Authorization/roleDefinitions", "custom roles"),
    hsm("GET", "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionName}", "custom roles"),
    hsm("GET", "/{scope}/providers/Microsoft.Authorization/roleAssignments", "`$filter`"),
    hsm("GET", "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", ""),
    hsm("PUT", "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", "custom roles"),
    hsm("DELETE", "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", ""),
    hsm("POST", "/securitydomain/download", "the domain is opaque, and cannot be uploaded elsewhere"),
    hsm("GET", "/securitydomain/download/pending", ""),
    hsm("GET", "/keys", ""),
    hsm("POST", "/keys/restore", "restore in another HSM"),
    hsm("POST", "/keys/{key-name}/create", RELEASE),
    hsm("PUT", "/keys/{key-name}", "symmetric keys, keys that an HSM has wrapped for their import, release policies"),
    hsm("GET", "/keys/{key-name}/versions", ""),
    hsm("GET", "/keys/{key-name}/rotationpolicy", ""),
    hsm("PUT", "/keys/{key-name}/rotationpolicy", ""),
    hsm("POST", "/keys/{key-name}/rotate", SHORT),
    hsm("POST", "/keys/{key-name}/backup", BACKUP),
    hsm("GET", "/keys/{key-name}/[{key-version}]", RELEASE),
    hsm("PATCH", "/keys/{key-name}/[{key-version}]", RELEASE),
    hsm("DELETE", "/keys/{key-name}", "done at once"),
    hsm("POST", "/keys/{key-name}/[{key-version}]/encrypt", CBC),
    hsm("POST", "/keys/{key-name}/[{key-version}]/decrypt", CBC),
    hsm("POST", "/keys/{key-name}/[{key-version}]/wrapkey", A192KW),
    hsm("POST", "/keys/{key-name}/[{key-version}]/unwrapkey", A192KW),
    hsm("POST", "/keys/{key-name}/[{key-version}]/sign", NULL),
    hsm("POST", "/keys/{key-name}/[{key-version}]/verify", NULL),
    hsm("GET", "/deletedkeys", ""),
    hsm("GET", "/deletedkeys/{key-name}", ""),
    hsm("POST", "/deletedkeys/{key-name}/recover", "done at once"),
    hsm("DELETE", "/deletedkeys/{key-name}", ""),
];

const fn vault(method: &'static str, path: &'static str, leaves_out: &'static str) -> Operation {
    Operation::new("Key Vault", method, path, leaves_out)
}

const fn hsm(method: &'static str, path: &'static str, leaves_out: &'static str) -> Operation {
    Operation::new("Managed HSM", method, path, leaves_out)
}
