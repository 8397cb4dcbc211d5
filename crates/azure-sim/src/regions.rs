//! The regions of each cloud: a location is one of them, in either spelling.

use crate::{SimResponse, arm::error, route::SimCloud};

/// Names and display names, of regions that serve every caller and of those for Azure's own tests that are recorded
/// (<https://learn.microsoft.com/azure/reliability/regions-list>).
const PUBLIC: [(&str, &str); 52] = [
    ("australiacentral", "Australia Central"),
    ("australiaeast", "Australia East"),
    ("australiasoutheast", "Australia Southeast"),
    ("austriaeast", "Austria East"),
    ("belgiumcentral", "Belgium Central"),
    ("brazilsouth", "Brazil South"),
    ("canadacentral", "Canada Central"),
    ("canadaeast", "Canada East"),
    ("centralindia", "Central India"),
    ("centralus", "Central US"),
    ("centraluseuap", "Central US EUAP"),
    ("chilecentral", "Chile Central"),
    ("eastasia", "East Asia"),
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("eastus2euap", "East US 2 EUAP"),
    ("francecentral", "France Central"),
    ("germanywestcentral", "Germany West Central"),
    ("indonesiacentral", "Indonesia Central"),
    ("israelcentral", "Israel Central"),
    ("italynorth", "Italy North"),
    ("japaneast", "Japan East"),
    ("japanwest", "Japan West"),
    ("jioindiawest", "Jio India West"),
    ("koreacentral", "Korea Central"),
    ("koreasouth", "Korea South"),
    ("malaysiawest", "Malaysia West"),
    ("mexicocentral", "Mexico Central"),
    ("newzealandnorth", "New Zealand North"),
    ("northcentralus", "North Central US"),
    ("northeurope", "North Europe"),
    ("norwayeast", "Norway East"),
    ("polandcentral", "Poland Central"),
    ("qatarcentral", "Qatar Central"),
    ("southafricanorth", "South Africa North"),
    ("southcentralus", "South Central US"),
    ("southeastasia", "Southeast Asia"),
    ("southindia", "South India"),
    ("spaincentral", "Spain Central"),
    ("swedencentral", "Sweden Central"),
    ("switzerlandnorth", "Switzerland North"),
    ("switzerlandwest", "Switzerland West"),
    ("uaecentral", "UAE Central"),
    ("uaenorth", "UAE North"),
    ("uksouth", "UK South"),
    ("ukwest", "UK West"),
    ("westcentralus", "West Central US"),
    ("westeurope", "West Europe"),
    ("westindia", "West India"),
    ("westus", "West US"),
    ("westus2", "West US 2"),
    ("westus3", "West US 3"),
];
/// <https://learn.microsoft.com/azure/azure-government/documentation-government-overview-dod>
const US_GOVERNMENT: [(&str, &str); 5] = [
    ("usdodcentral", "USDoD Central"),
    ("usdodeast", "USDoD East"),
    ("usgovarizona", "USGov Arizona"),
    ("usgovtexas", "USGov Texas"),
    ("usgovvirginia", "USGov Virginia"),
];
/// <https://learn.microsoft.com/azure/china/overview-datacenter>
const CHINA: [(&str, &str); 6] = [
    ("chinaeast", "China East"),
    ("chinaeast2", "China East 2"),
    ("chinaeast3", "China East 3"),
    ("chinanorth", "China North"),
    ("chinanorth2", "China North 2"),
    ("chinanorth3", "China North 3"),
];

const fn of(cloud: SimCloud) -> &'static [(&'static str, &'static str)] {
    match cloud {
        SimCloud::Public => &PUBLIC,
        SimCloud::UsGovernment => &US_GOVERNMENT,
        SimCloud::China => &CHINA,
    }
}

/// `eastus2` of `East US 2`.
pub(crate) fn name(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace())
        .collect::<String>()
        .to_lowercase()
}

/// The display name; an unknown region keeps its spelling.
pub(crate) fn display(text: &str) -> String {
    let name = name(text);
    let found = everywhere().find(|(own, _)| *own == name);
    found.map_or(text, |(_, display)| display).to_owned()
}

/// Names and display names of the regions of every cloud.
pub(crate) fn everywhere() -> impl Iterator<Item = (&'static str, &'static str)> {
    PUBLIC.iter().chain(&US_GOVERNMENT).chain(&CHINA).copied()
}

/// Every display name of a cloud.
pub(crate) fn all(cloud: SimCloud) -> impl Iterator<Item = &'static str> {
    of(cloud).iter().map(|(_, display)| *display)
}

/// The display name of a region of a cloud.
pub(crate) fn find(cloud: SimCloud, text: &str) -> Option<&'static str> {
    let name = name(text);
    let found = of(cloud).iter().find(|(own, _)| *own == name);
    found.map(|(_, display)| *display)
}

/// Whether a cloud has a region, in either spelling.
pub(crate) fn is_known(cloud: SimCloud, text: &str) -> bool {
    find(cloud, text).is_some()
}

/// Refuses a resource group in a region that the cloud does not have
/// (<https://github.com/cloud-barista/cb-spider/issues/527>).
pub(crate) fn require_for_group(cloud: SimCloud, location: &str) -> Result<(), SimResponse> {
    if is_known(cloud, location) {
        return Ok(());
    }
    Err(error::gateway(
        400,
        "LocationNotAvailableForResourceGroup",
        format!(
            "The provided location '{location}' is not available for resource group. List of available regions is '{}'.",
            names(cloud)
        ),
    ))
}

/// The same for a resource; `kind` is its type, such as `Microsoft.KeyVault/vaults`
/// (<https://github.com/Azure/azure-service-operator/pull/780>).
pub(crate) fn require(cloud: SimCloud, kind: &str, location: &str) -> Result<(), SimResponse> {
    if is_known(cloud, location) {
        return Ok(());
    }
    Err(error::gateway(
        400,
        "LocationNotAvailableForResourceType",
        format!(
            "The provided location '{location}' is not available for resource type '{kind}'. List of available regions for the resource type is '{}'.",
            names(cloud)
        ),
    ))
}

fn names(cloud: SimCloud) -> String {
    let names: Vec<&str> = of(cloud).iter().map(|(name, _)| *name).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::{display, everywhere, find, is_known, name};
    use crate::route::SimCloud;

    #[test]
    fn both_spellings_mean_the_same_region() {
        assert_eq!(display("eastus2"), "East US 2");
        assert_eq!(display("East US 2"), "East US 2");
        assert_eq!(name("East US 2"), "eastus2");
        assert_eq!(display("Atlantis"), "Atlantis");
        for (short, display) in everywhere() {
            assert_eq!(name(display), short);
        }
    }

    #[test]
    fn a_region_is_of_one_cloud() {
        assert_eq!(find(SimCloud::China, "chinanorth3"), Some("China North 3"));
        assert!(!is_known(SimCloud::Public, "China North 3"));
        assert!(!is_known(SimCloud::UsGovernment, "eastus"));
        assert!(!is_known(SimCloud::Public, "atlantis"));
    }
}
