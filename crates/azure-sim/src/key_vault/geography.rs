//! Which regions are of one geography: a backup of a key stays within its own.

use crate::regions;

/// Geographies with several regions
/// (<https://learn.microsoft.com/azure/reliability/regions-list>), each with how the names of its regions begin or end.
const GEOGRAPHIES: [(&str, &[&str]); 20] = [
    ("asia pacific", &["eastasia", "southeastasia"]),
    ("australia", &["australia"]),
    ("brazil", &["brazil"]),
    ("canada", &["canada"]),
    ("china", &["china"]),
    ("europe", &["northeurope", "westeurope"]),
    ("france", &["france"]),
    ("germany", &["germany"]),
    ("india", &["centralindia", "southindia", "westindia"]),
    ("india (jio)", &["jioindia"]),
    ("indonesia", &["indonesia"]),
    ("japan", &["japan"]),
    ("korea", &["korea"]),
    ("norway", &["norway"]),
    ("south africa", &["southafrica"]),
    ("sweden", &["sweden"]),
    ("switzerland", &["switzerland"]),
    ("united arab emirates", &["uae"]),
    ("united kingdom", &["uk"]),
    ("us government", &["usgov", "usdod"]),
];
const UNITED_STATES: &str = "united states";

/// The geography of a region; one that is not known is its own.
pub(crate) fn of(region: &str) -> String {
    let region = regions::name(region);
    let found = GEOGRAPHIES
        .iter()
        .find(|(_, starts)| starts.iter().any(|start| region.starts_with(start)));
    match found {
        Some((name, _)) => (*name).to_owned(),
        None if region.trim_end_matches(char::is_numeric).ends_with("us") => {
            UNITED_STATES.to_owned()
        }
        None => region,
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn neighbours_are_of_one_geography() {
        assert_eq!(of("East US 2"), of("westus3"));
        assert_eq!(of("northeurope"), of("westeurope"));
        assert_ne!(of("northeurope"), of("germanywestcentral"));
        assert_ne!(of("usgovvirginia"), of("eastus"));
        assert_eq!(of("qatarcentral"), "qatarcentral");
    }
}
