//! A request to sign or to verify: the digest in, the signature or the verdict out. An error is the text of a refusal.

use super::{key::KeyVersion, operation::Operation, signature::Signature};
use azure_core::base64;
use serde_json::{Value, json};

pub(crate) const INVALID_VALUE: &str = "Property has invalid value";

/// A member of the body. Texts: <https://github.com/bruj0/vault-recovery-key/issues/20>.
pub(crate) fn bytes(body: &Value, member: &str) -> Result<Vec<u8>, String> {
    let missing = format!("Property '{member}' is required.\r\n");
    let text = body
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| missing.clone())?;
    base64::decode_url_safe(text)
        .map_err(|_| format!("Content of '{member}' is not base64url.\r\n{missing}"))
}

/// Both take the digest and never the message.
pub(crate) fn sign_or_verify(
    operation: Operation,
    body: &Value,
    found: &KeyVersion,
    kid: &str,
) -> Result<Value, String> {
    let algorithm = body.get("alg").and_then(Value::as_str).unwrap_or_default();
    let algorithm = Signature::find(algorithm).ok_or(INVALID_VALUE)?;
    if let Some(misfit) = algorithm.misfit(&found.kty, &found.material) {
        return Err(format!(
            "Key and signing algorithm are incompatible. Key {kid} {misfit}"
        ));
    }
    let verifies = operation == Operation::Verify;
    let member = if verifies { "digest" } else { "value" };
    let digest = bytes(body, member)?;
    let length = algorithm.digest_length();
    if digest.len() != length {
        // https://github.com/Azure/azure-cli/issues/28027
        return Err(format!(
            "Invalid length of '{member}': {} bytes. {} requires {length} bytes, encoded with base64url.",
            digest.len(),
            algorithm.name
        ));
    }
    if verifies {
        let signature = bytes(body, "value")?;
        return Ok(json!({"value": algorithm.verify(&found.material, &digest, &signature)}));
    }
    let signature = algorithm
        .sign(&found.material, &digest)
        .ok_or(INVALID_VALUE)?;
    Ok(json!({"kid": kid, "value": base64::encode_url_safe(signature)}))
}
