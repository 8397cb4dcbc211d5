//! Regions: Azure Cosmos DB takes either spelling and answers with the display name (recorded).

/// Name and display name of the regions that are known here.
const REGIONS: [(&str, &str); 24] = [
    ("australiaeast", "Australia East"),
    ("brazilsouth", "Brazil South"),
    ("canadacentral", "Canada Central"),
    ("centralindia", "Central India"),
    ("centralus", "Central US"),
    ("chinaeast2", "China East 2"),
    ("chinanorth3", "China North 3"),
    ("eastasia", "East Asia"),
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("francecentral", "France Central"),
    ("germanywestcentral", "Germany West Central"),
    ("japaneast", "Japan East"),
    ("northeurope", "North Europe"),
    ("southcentralus", "South Central US"),
    ("southeastasia", "Southeast Asia"),
    ("swedencentral", "Sweden Central"),
    ("switzerlandnorth", "Switzerland North"),
    ("uksouth", "UK South"),
    ("usgovvirginia", "USGov Virginia"),
    ("westeurope", "West Europe"),
    ("westus", "West US"),
    ("westus2", "West US 2"),
    ("westus3", "West US 3"),
];

/// `eastus2` of `East US 2`.
pub(super) fn name(text: &str) -> String {
    text.replace(' ', "").to_lowercase()
}

/// The display name; an unknown region keeps its spelling.
pub(super) fn display(text: &str) -> String {
    let name = name(text);
    let known = REGIONS.iter().find(|(own, _)| *own == name);
    known.map_or_else(|| text.to_owned(), |(_, display)| (*display).to_owned())
}

/// Every display name.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(_, display)| *display)
}

/// The display name of a known region.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let name = name(text);
    REGIONS
        .iter()
        .find(|(own, _)| *own == name)
        .map(|(_, display)| *display)
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_spellings_mean_the_same_region() {
        assert_eq!(super::display("eastus2"), "East US 2");
        assert_eq!(super::display("East US 2"), "East US 2");
        assert_eq!(super::name("East US 2"), "eastus2");
        assert_eq!(super::find("nowhere"), None);
    }
}
