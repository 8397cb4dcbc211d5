//! Every difference between recordings and simulator that is accepted, each with its reason.

use super::compare::{Difference, What};
use crate::conformance::recording::Exchange;
use std::fmt;

/// One accepted difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    family: &'static str,
    method: &'static str,
    status: u16,
    what: What,
    pointer: &'static str,
    /// Why the simulator may differ.
    reason: &'static str,
}

pub(super) const fn row(
    family: &'static str,
    method: &'static str,
    status: u16,
    what: What,
    pointer: &'static str,
    reason: &'static str,
) -> Row {
    Row {
        family,
        method,
        status,
        what,
        pointer,
        reason,
    }
}

/// The accepted differences. No row says more than one thing; one that is not met any more is a failure.
// One line a row, as a table.
#[rustfmt::skip]
pub(super) const ACCEPTED: &[Row] = &[
    row("arm-cosmos", "GET", 200, What::Extra, "/identity", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/analyticalStorageConfiguration/schemaType", "version 2021-06-15 names and fills it otherwise"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/defaultIdentity", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/disableLocalAuth", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/enableFullFidelityChangeFeed", "recorded with and without it at the same version"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/ipRules", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/networkAclBypass", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Extra, "/properties/networkAclBypassResourceIds", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/analyticalStorageConfiguration/analyticalStorageSchemaType", "version 2021-06-15 names and fills it otherwise"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/configurationOverrides/EnableBsonSchema", "switches of the service's own, by region and year"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/configurationOverrides/EnablePerRegionPerPartitionAutoscaleOptIn", "switches of the service's own, by region and year"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/createMode", "version 2021-06-15 names and fills it otherwise"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/enableFullFidelityChangeFeed", "recorded with and without it at the same version"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/ipRangeFilter", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/privateEndpointConnections", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Missing, "/properties/sqlEndpoint", "version 2020-03-01 shows other members"),
    row("arm-cosmos", "GET", 200, What::Missing, "/value/[]/properties/configurationOverrides/EnablePerRegionPerPartitionAutoscaleOptIn", "switches of the service's own, by region and year"),
    row("arm-cosmos", "GET", 200, What::Type, "/properties/analyticalStorageConfiguration", "version 2020-03-01 shows none"),
    row("arm-cosmos", "PATCH", 200, What::Missing, "/properties/configurationOverrides/EnablePerRegionPerPartitionAutoscaleOptIn", "switches of the service's own, by region and year"),
    row("arm-cosmos", "PUT", 200, What::Extra, "/properties/analyticalStorageConfiguration/schemaType", "version 2021-06-15 names and fills it otherwise"),
    row("arm-cosmos", "PUT", 200, What::Extra, "/properties/enableFullFidelityChangeFeed", "recorded with and without it at the same version"),
    row("arm-cosmos", "PUT", 200, What::Missing, "/properties/analyticalStorageConfiguration/analyticalStorageSchemaType", "version 2021-06-15 names and fills it otherwise"),
    row("arm-cosmos", "PUT", 200, What::Missing, "/properties/configurationOverrides/EnablePerRegionPerPartitionAutoscaleOptIn", "switches of the service's own, by region and year"),
    row("arm-cosmos", "PUT", 200, What::Missing, "/properties/createMode", "version 2021-06-15 names and fills it otherwise"),
    row("arm-cosmos", "PUT", 200, What::Value, "/properties/backupPolicy/periodicModeProperties/backupStorageRedundancy", "version 2021-06-15 names and fills it otherwise"),
    row("arm-kv", "GET", 200, What::Extra, "/properties/publicNetworkAccess", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "GET", 200, What::Extra, "/systemData", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "GET", 200, What::Extra, "/systemData/createdAt", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "GET", 200, What::Extra, "/systemData/createdBy", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "GET", 200, What::Extra, "/systemData/createdByType", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "GET", 200, What::Missing, "/encodedContent", "the recorder's replacement of a text, not Azure's"),
    row("arm-kv", "GET", 200, What::Missing, "/nextLink", "a page of the simulator holds more"),
    row("arm-kv", "GET", 200, What::Missing, "/properties/privateEndpointConnections", "private endpoints are not modelled"),
    row("arm-kv", "GET", 200, What::Value, "/value/[]/properties/location", "recorded in the spelling of the request that made it, which is not recorded"),
    row("arm-kv", "GET", 200, What::Missing, "/value/[]/identity", "identities of managed HSMs are not modelled"),
    row("arm-kv", "GET", 200, What::Missing, "/value/[]/properties/privateEndpointConnections", "private endpoints are not modelled"),
    row("arm-kv", "GET", 200, What::Value, "/value/[]/properties/regions/[]/provisioningState", "another region of somebody else's HSM was being added, and an update shows nothing of itself here"),
    row("arm-kv", "GET", 200, What::Extra, "/value/[]/properties/securityDomainProperties", "somebody else's HSM whose deletion is stuck for years is listed"),
    row("arm-kv", "GET", 200, What::Missing, "/value/[]/properties/purgeDateTimeUtc", "somebody else's HSM whose deletion is stuck for years is listed"),
    row("arm-kv", "GET", 200, What::Value, "/value/[]/properties/provisioningState", "somebody else's HSM whose deletion is stuck for years is listed"),
    row("arm-kv", "GET", 200, What::Value, "/value/[]/properties/securityDomainProperties/activationStatus", "Resource Manager learned late that the HSM, already in use, was activated"),
    row("arm-kv", "GET", 200, What::Value, "/value/[]/properties/securityDomainProperties/activationStatusMessage", "Resource Manager learned late that the HSM, already in use, was activated"),
    row("arm-kv", "GET", 200, What::Value, "/value/[]/properties/statusMessage", "somebody else's HSM whose deletion is stuck for years is listed"),
    row("arm-kv", "PATCH", 400, What::Value, "/error/message", "it lists the regions of that time"),
    row("arm-kv", "PUT", 200, What::Extra, "/properties/regions", "recorded before the version that its URL was rewritten to"),
    row("arm-kv", "PUT", 200, What::Extra, "/properties/securityDomainProperties", "recorded before the version that its URL was rewritten to"),
    row("arm-kv", "PUT", 200, What::Extra, "/properties/publicNetworkAccess", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "PUT", 200, What::Extra, "/systemData", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "PUT", 200, What::Extra, "/systemData/createdAt", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "PUT", 200, What::Extra, "/systemData/createdBy", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "PUT", 200, What::Extra, "/systemData/createdByType", "recorded with and without it at the same version: vaults older than the member lack it"),
    row("arm-kv", "PUT", 200, What::Missing, "/encodedContent", "the recorder's replacement of a text, not Azure's"),
    row("arm-kv", "PUT", 200, What::Missing, "/properties/privateEndpointConnections", "private endpoints are not modelled"),
    row("arm-msi", "PUT", 201, What::Missing, "/encodedContent", "the recorder's replacement of a text, not Azure's"),
    row("arm-msi", "PUT", 201, What::Missing, "/properties/clientSecretUrl", "one recording's newer version shows it, the others of that version do not"),
    row("arm-rg", "GET", 200, What::Extra, "/type", "some recordings of the older versions lack it, others of the same versions have it"),
    row("arm-rg", "GET", 200, What::Missing, "/encodedContent", "the recorder's replacement of a text, not Azure's"),
    row("arm-rg", "GET", 200, What::Missing, "/tags/{}", "a policy of the recorder's subscription adds tags"),
    row("arm-rg", "HEAD", 404, What::Extra, "header content-type", "recorded with and without it"),
    row("arm-rg", "PUT", 200, What::Missing, "/tags", "a policy of the recorder's subscription adds tags"),
    row("arm-rg", "PUT", 201, What::Extra, "/type", "some recordings of the older versions lack it, others of the same versions have it"),
    row("arm-rg", "PUT", 201, What::Missing, "/tags/{}", "a policy of the recorder's subscription adds tags"),
    row("arm-role-assignment", "GET", 200, What::Missing, "/value/[]", "of roles and principals that are not modelled, such as custom roles and groups"),
    row("arm-role-assignment", "GET", 200, What::Type, "/value/[]/properties/createdBy", "Azure's own assignments name nobody, and only people can be made to assign here"),
    row("arm-role-assignment", "GET", 200, What::Type, "/value/[]/properties/updatedBy", "Azure's own assignments name nobody, and only people can be made to assign here"),
    row("arm-role-definition", "GET", 200, What::Extra, "/value/[]/properties/permissions/[]/notActions/[]", "the role grew after the recording"),
    row("arm-role-definition", "GET", 200, What::Missing, "/value/[]", "the simulator has the built-in roles of this domain only, and no custom ones"),
    row("graph-applications", "GET", 200, What::Extra, "/nativeAuthenticationApisEnabled", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/requestSignatureVerification", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/samlMetadataUrl", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/servicePrincipalLockConfiguration", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/uniqueName", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/value/[]/nativeAuthenticationApisEnabled", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/value/[]/requestSignatureVerification", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/value/[]/samlMetadataUrl", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/value/[]/servicePrincipalLockConfiguration", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/value/[]/uniqueName", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/value/[]/web/redirectUriSettings", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Extra, "/web/redirectUriSettings", "the member is newer than some recordings"),
    row("graph-applications", "GET", 200, What::Type, "/api/requestedAccessTokenVersion", "the default was another until April 2024"),
    row("graph-applications", "GET", 200, What::Type, "/keyCredentials/[]/displayName", "the subject of a certificate is not read"),
    row("graph-applications", "GET", 200, What::Type, "/value/[]/api/requestedAccessTokenVersion", "the default was another until April 2024"),
    row("graph-applications", "GET", 200, What::Type, "/value/[]/keyCredentials/[]/displayName", "the subject of a certificate is not read"),
    row("graph-applications", "GET", 200, What::Value, "/signInAudience", "the default was another until April 2024"),
    row("graph-applications", "GET", 200, What::Value, "/value/[]/signInAudience", "the default was another until April 2024"),
    row("graph-applications", "POST", 201, What::Extra, "/nativeAuthenticationApisEnabled", "the member is newer than some recordings"),
    row("graph-applications", "POST", 201, What::Extra, "/requestSignatureVerification", "the member is newer than some recordings"),
    row("graph-applications", "POST", 201, What::Extra, "/samlMetadataUrl", "the member is newer than some recordings"),
    row("graph-applications", "POST", 201, What::Extra, "/servicePrincipalLockConfiguration", "the member is newer than some recordings"),
    row("graph-applications", "POST", 201, What::Extra, "/uniqueName", "the member is newer than some recordings"),
    row("graph-applications", "POST", 201, What::Extra, "/web/redirectUriSettings", "the member is newer than some recordings"),
    row("graph-applications", "POST", 201, What::Type, "/api/requestedAccessTokenVersion", "the default was another until April 2024"),
    row("graph-applications", "POST", 201, What::Type, "/keyCredentials/[]/displayName", "the subject of a certificate is not read"),
    row("graph-applications", "POST", 201, What::Value, "/signInAudience", "the default was another until April 2024"),
    row("graph-other", "GET", 200, What::Extra, "/@odata.context", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/businessPhones", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/displayName", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/givenName", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/jobTitle", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/mail", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/mobilePhone", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/officeLocation", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/preferredLanguage", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/surname", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "/userPrincipalName", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Extra, "header odata-version", "one recording keeps the id alone"),
    row("graph-other", "GET", 200, What::Missing, "/businessPhones/[]", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Type, "/givenName", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Type, "/jobTitle", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Type, "/mail", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Type, "/officeLocation", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Type, "/surname", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Value, "/displayName", "the profile of the person who recorded"),
    row("graph-other", "GET", 200, What::Value, "header content-type", "older recordings write it with blanks or another odata form"),
    row("graph-sp", "GET", 200, What::Missing, "/resourceSpecificApplicationPermissions/[]", "of Microsoft's own applications, which cannot be made to offer them"),
    row("graph-sp", "GET", 200, What::Missing, "/value/[]/keyCredentials/[]", "the certificate of a managed identity is Azure's own"),
    row("graph-sp", "GET", 200, What::Missing, "/value/[]/resourceSpecificApplicationPermissions/[]", "of Microsoft's own applications, which cannot be made to offer them"),
    row("graph-sp", "GET", 200, What::Type, "/createdDateTime", "Microsoft's own applications have none"),
    row("graph-sp", "GET", 200, What::Type, "/value/[]/createdDateTime", "Microsoft's own applications have none"),
    row("graph-sp", "GET", 200, What::Value, "/signInAudience", "the default was another until April 2024"),
    row("graph-sp", "GET", 200, What::Value, "/value/[]/signInAudience", "the default was another until April 2024"),
    row("graph-sp", "POST", 201, What::Value, "/signInAudience", "the default was another until April 2024"),
    row("hsm", "DELETE", 200, What::Value, "/attributes/exportable", "release policies are not modelled, and so no key is exportable"),
    row("hsm", "GET", 200, What::Value, "/value/[]/attributes/exportable", "release policies are not modelled, and so no key is exportable"),
    row("hsm", "PATCH", 200, What::Extra, "request keys.release_policy", "release policies are not modelled"),
    row("hsm", "PATCH", 200, What::Missing, "/key/key_ops/[]", "an exportable key of a curve may derive, too, and release policies are not modelled"),
    row("hsm", "PATCH", 200, What::Missing, "/release_policy", "release policies are not modelled"),
    row("hsm", "PATCH", 200, What::Value, "/attributes/exportable", "release policies are not modelled, and so no key is exportable"),
    row("hsm", "POST", 200, What::Extra, "request keys.release_policy", "release policies are not modelled"),
    row("hsm", "POST", 200, What::Missing, "/key/key_ops/[]", "an exportable key of a curve may derive, too, and release policies are not modelled"),
    row("hsm", "POST", 200, What::Missing, "/release_policy", "release policies are not modelled"),
    row("hsm", "POST", 200, What::Value, "/attributes/exportable", "release policies are not modelled, and so no key is exportable"),
    row("hsm", "GET", 200, What::Extra, "/value/[]", "recorded in the preview of 2020, before the roles of today"),
    row("hsm", "GET", 200, What::Extra, "/value/[]/properties/permissions/[]/dataActions/[]", "recorded in the preview of 2020, before the roles of today"),
    row("hsm", "GET", 200, What::Missing, "/value/[]/properties/permissions/[]/dataActions/[]", "recorded in the preview of 2020, before the roles of today"),
    row("hsm", "GET", 200, What::Value, "/value/[]/properties/roleName", "recorded in the preview of 2020, before the roles of today"),
    row("hsm", "GET", 200, What::Value, "/value/[]/properties/type", "recorded in the preview of 2020, before the roles of today"),
    row("kv-keys", "GET", 200, What::Extra, "/attributes/exportable", "recorded with and without it at the same version"),
    row("kv-keys", "GET", 200, What::Extra, "/value/[]/attributes/exportable", "recorded with and without it at the same version"),
    row("kv-keys", "GET", 200, What::Missing, "/managed", "the key of a certificate: certificates are not modelled"),
    row("kv-keys", "GET", 200, What::Missing, "/value/[]/managed", "the key of a certificate: certificates are not modelled"),
    row("kv-keys", "POST", 200, What::Extra, "/attributes/hsmPlatform", "recorded with and without it at the same version"),
    row("kv-keys", "POST", 200, What::Extra, "request keys.release_policy", "release policies are not modelled"),
    row("kv-keys", "POST", 200, What::Missing, "/attributes/exp", "a policy of the recorder's subscription lets new keys expire"),
    row("kv-keys", "POST", 200, What::Missing, "/attributes/exportable", "recorded with and without it at the same version"),
    row("kv-keys", "POST", 200, What::Missing, "/release_policy", "release policies are not modelled"),
    row("kv-keys", "POST", 200, What::Value, "/attributes/exp", "the dates of a rotation follow the clock"),
    row("kv-keys", "POST", 200, What::Value, "/attributes/exportable", "release policies are not modelled"),
    row("kv-keys", "POST", 401, What::Value, "header www-authenticate", "older challenges name login.windows.net"),
    row("graph-other", "POST", 200, What::Missing, "/value/[]/businessPhones/[]", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Value, "/value/[]/displayName", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/givenName", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/jobTitle", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/mail", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/officeLocation", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/surname", "the profile of a person is not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/createdDateTime", "recorded of principals from before Entra ID kept it"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/homepage", "home pages are not modelled"),
    row("graph-other", "POST", 200, What::Type, "/value/[]/signInAudience", "recorded of principals from before Entra ID kept it"),
    row("graph-other", "POST", 200, What::Value, "/value/[]/signInAudience", "recorded when applications were made for personal accounts, too, if nobody said otherwise"),
];

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            family,
            method,
            status,
            what,
            pointer,
            reason,
        } = self;
        write!(
            f,
            "{family} {method} {status} {what:?} {pointer} ({reason})"
        )
    }
}

/// The table, and how often each row was met.
#[derive(Debug)]
pub(super) struct Accepted {
    rows: &'static [Row],
    met: Vec<usize>,
}

impl Accepted {
    pub(super) fn new(rows: &'static [Row]) -> Self {
        Self {
            rows,
            met: vec![0; rows.len()],
        }
    }

    /// What is left of the differences of an exchange.
    pub(super) fn strip(
        &mut self,
        family: &str,
        exchange: &Exchange,
        differences: Vec<Difference>,
    ) -> Vec<Difference> {
        let mut left = differences;
        left.retain(|difference| {
            let row = self.rows.iter().position(|row| {
                row.family == family
                    && row.method == exchange.method
                    && row.status == exchange.status
                    && row.what == difference.what
                    && row.pointer == difference.pointer
            });
            if let Some(met) = row.and_then(|row| self.met.get_mut(row)) {
                *met += 1;
            }
            row.is_none()
        });
        left
    }

    /// Rows that nothing met.
    pub(super) fn unused(&self) -> impl Iterator<Item = &Row> {
        let rows = self.rows.iter().zip(&self.met);
        rows.filter(|(_, met)| **met == 0).map(|(row, _)| row)
    }

    /// How many rows there are, and how many differences they took.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.rows.len(), self.met.iter().sum())
    }
}
