//! From which api-version on an account has a member
//! (<https://github.com/Azure/azure-resource-manager-schemas>, `Microsoft.DocumentDB.json` of each version).

/// The first stable version that has a member, and the first preview.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    stable: &'static str,
    preview: &'static str,
}

pub(super) const IDENTITY: Since = Since {
    stable: "2021-01-15",
    preview: "2020-06-01-preview",
};
pub(super) const DEFAULT_IDENTITY: Since = Since {
    stable: "2021-03-15",
    preview: "2021-04-01-preview",
};

impl Since {
    /// Whether an api-version has it. Versions are written so that they sort by age.
    pub(super) fn includes(self, api_version: &str) -> bool {
        let first = if api_version.ends_with("-preview") {
            self.preview
        } else {
            self.stable
        };
        api_version >= first
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_IDENTITY, IDENTITY};

    #[test]
    fn stable_versions_and_previews_come_to_a_member_at_their_own_time() {
        assert!(!IDENTITY.includes("2020-09-01"));
        assert!(IDENTITY.includes("2020-06-01-preview"));
        assert!(IDENTITY.includes("2021-01-15"));
        assert!(!DEFAULT_IDENTITY.includes("2021-01-15"));
        assert!(DEFAULT_IDENTITY.includes("2021-03-15"));
        assert!(DEFAULT_IDENTITY.includes("2022-05-15"));
    }
}
